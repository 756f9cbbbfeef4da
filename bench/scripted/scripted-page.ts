import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { videoResource } from '#contract/rest.ts';
import type { OpenConversation } from '#contract/client-conversation.ts';
import { TestClient } from './chat-client.ts';
import type { FakeEngine } from './fake-engine.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { launchBrowser } from '../browser.ts';

/** The built page on a server whose model says what it is told to say. */
export class ScriptedPage {
  readonly page: Page;
  readonly client: TestClient;
  /** With a clip that no question has brought yet. */
  readonly talk: OpenConversation;
  readonly #browser: Browser;
  readonly #server: RunningServer;
  readonly #folder: string;

  private constructor(
    parts: { page: Page; client: TestClient; talk: OpenConversation },
    inner: { browser: Browser; server: RunningServer; folder: string },
  ) {
    this.page = parts.page;
    this.client = parts.client;
    this.talk = parts.talk;
    this.#browser = inner.browser;
    this.#server = inner.server;
    this.#folder = inner.folder;
  }

  static async open(): Promise<ScriptedPage> {
    const folder = await mkdtemp(join(tmpdir(), 'stan-llava-scripted-'));
    const server = await startServer(folder, { clientDir: 'client/dist' });
    const body = new FormData();
    body.append('file', new Blob(['video']), 'clip.mp4');
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    const client = new TestClient(server.url);
    const talk = await client.open(videoResource.parse(await reply.json()).id);
    const browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    // the fake engine takes words for a clip; the player needs a real one
    const clip = await readFile('client/public/sample.mp4');
    const range = { 'accept-ranges': 'bytes', 'content-range': `bytes 0-${clip.length - 1}/${clip.length}` };
    await page.route('**/v1/videos/*/file', (route) =>
      route.fulfill({ status: 206, headers: range, contentType: 'video/mp4', body: clip }),
    );
    return new ScriptedPage({ page, client, talk }, { browser, server, folder });
  }

  get engine(): FakeEngine {
    return this.#server.engine;
  }

  /** Shows the page where people begin. */
  async start(): Promise<void> {
    await this.page.goto(this.#server.url);
  }

  /** Shows the conversation, which has a question by now. */
  async show(): Promise<void> {
    await this.page.goto(`${this.#server.url}/#/c/${this.talk.conversationId}`);
    await this.page.getByText('Ready for your question').waitFor();
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.client.socket.disconnect();
    await this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
