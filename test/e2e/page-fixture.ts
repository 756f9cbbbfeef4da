import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { chromiumBin, launchBrowser } from '#bench/browser.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { type Truth, writeWorldClip } from './world-clip.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const modelPackage = smallPackage;

const needs: readonly (readonly [path: string, reason: string])[] = [
  [join(modelPackage, 'model.json'), 'there is no demo package'],
  [chromiumBin, `there is no browser at ${chromiumBin}; set CHROMIUM_BIN`],
  ['client/dist/index.html', 'the page is not built; run "npm run build"'],
];

/** Why no page can be tested here; false where it can. */
export const skipPage: string | false = needs.find(([path]) => !existsSync(path))?.[1] ?? false;

/** The page in a real browser, on a real server with the shipped package; fresh for each test of a suite. */
export class PageFixture {
  folder = '';
  /** A clip of the demo world, and what is true of it. */
  clip = '';
  truth: Truth = { caption: '', questions: [] };
  #server: ServerProcess | undefined;
  #browser: Browser | undefined;
  #page: Page | undefined;
  #complaints: string[] = [];

  /** To be called within a suite. */
  static use(): PageFixture {
    const fixture = new PageFixture();
    before(() => fixture.#start());
    beforeEach(() => fixture.#open());
    afterEach(() => fixture.#close());
    after(() => fixture.#stop());
    return fixture;
  }

  get page(): Page {
    assert.ok(this.#page);
    return this.#page;
  }

  get url(): string {
    assert.ok(this.#server);
    return this.#server.url;
  }

  chooseFile(path: string): Promise<void> {
    return this.page.locator('input[accept*=video]').first().setInputFiles(path);
  }

  untilReady(): Promise<void> {
    return this.page.getByText('Ready for your question').waitFor();
  }

  /** Resolves once the question is on the page. */
  async ask(question: string): Promise<void> {
    const turns = this.page.getByRole('article');
    const count = await turns.count();
    await this.page.getByLabel('Your question').fill(question);
    await this.page.keyboard.press('Enter');
    await turns.nth(count).waitFor();
  }

  /** The last answer, once it is whole. */
  lastAnswer(): Locator {
    return this.page.getByRole('article').last().locator('.answer[aria-busy=false]');
  }

  async #start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'stan-llava-page-'));
    this.clip = join(this.folder, 'clip.mp4');
    this.truth = await writeWorldClip(20_001, this.clip);
    await writeFile(join(this.folder, 'notes.mp4'), 'These are only words.\n'.repeat(100));
    this.#server = await startServer(modelPackage);
    this.#browser = await launchBrowser();
  }

  /** Loads the page again, and waits until it is shown. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#untilShown();
  }

  async #open(): Promise<void> {
    this.#page = await this.#browser?.newPage();
    const complaints: string[] = [];
    this.#complaints = complaints;
    this.page.on('pageerror', (error) => complaints.push(error.message));
    this.page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    await this.page.goto(this.url);
    await this.#untilShown();
  }

  /** The page asks first whether it needs a key; until then it takes neither keys nor clips. */
  async #untilShown(): Promise<void> {
    await this.page.getByRole('main').waitFor();
  }

  async #close(): Promise<void> {
    await this.page.close();
    assert.deepEqual(this.#complaints, []);
  }

  async #stop(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
