import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { modelList } from '../../server/contract.ts';
import { chromiumBin, launchBrowser } from './browser.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { type Truth, writeWorldClip } from './world-clip.ts';

const modelPackage = 'models/demo';

const needs: readonly (readonly [path: string, reason: string])[] = [
  [join(modelPackage, 'model.json'), 'there is no demo package'],
  [chromiumBin, `there is no browser at ${chromiumBin}; set CHROMIUM_BIN`],
  ['client/dist/index.html', 'the page is not built; run "npm run build"'],
];
const missing = needs.find(([path]) => !existsSync(path))?.[1];

describe('the page', { skip: missing ?? false, timeout: 300_000 }, () => {
  let folder: string;
  let clip: string;
  let truth: Truth;
  let server: ServerProcess | undefined;
  let browser: Browser | undefined;
  let page: Page;
  let complaints: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stan-llava-page-'));
    clip = join(folder, 'clip.mp4');
    truth = await writeWorldClip(20_001, clip);
    server = await startServer(modelPackage);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    assert.ok(server && browser);
    page = await browser.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    await page.goto(server.url);
  });
  afterEach(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });

  const chooseFile = (path: string) => page.locator('input[type=file]').setInputFiles(path);
  const untilReady = () => page.getByText('Ready for your question').waitFor();
  const ask = async (question: string) => {
    const turns = page.getByRole('article');
    const before = await turns.count();
    await page.getByLabel('Your question').fill(question);
    await page.keyboard.press('Enter');
    await turns.nth(before).waitFor();
  };
  const lastAnswer = () => page.getByRole('article').last().locator('[aria-busy=false]');

  it('answers a question about an uploaded clip', async () => {
    await chooseFile(clip);
    await untilReady();
    const colour = truth.questions.find(({ question }) => /colou?r/i.test(question));
    assert.ok(colour, 'the world asks for the colour of every clip');
    await ask(colour.question);
    await lastAnswer().waitFor();
    assert.equal(await lastAnswer().textContent(), colour.answer);
  });

  it('shows the frames the model saw; a click on one goes to its moment', async () => {
    await chooseFile(clip);
    await untilReady();
    const frames = page.getByRole('list', { name: 'The frames the assistant saw' }).getByRole('button');
    const [model] = modelList.parse(await (await fetch(`${server?.url}/v1/models`)).json()).data;
    assert.equal(await frames.count(), model?.frames);
    const picture = frames.last().getByRole('img');
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    assert.ok(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth > 100));
    await frames.last().click();
    const [, minutes = '', seconds = ''] =
      /(\d+):([\d.]+)/.exec((await frames.last().textContent()) ?? '') ?? [];
    const moment = await page
      .getByLabel('The clip', { exact: true })
      .evaluate((video: HTMLVideoElement) => video.currentTime);
    assert.ok(Math.abs(moment - 60 * Number(minutes) - Number(seconds)) < 0.06, `${moment}`);
  });

  it('says what the loaded package knows', async () => {
    const { data } = modelList.parse(await (await fetch(`${server?.url}/v1/models`)).json());
    assert.ok(data[0]);
    await page.getByRole('main').getByText(data[0].about).waitFor();
  });

  it('stops an answer with Escape, and takes the next question', async () => {
    await chooseFile(clip);
    await untilReady();
    // A short answer may be whole before the key arrives; then ask again.
    const stopped = page.getByText('Stopped.');
    for (let attempt = 0; attempt < 10 && (await stopped.count()) === 0; attempt++) {
      await pressEscapeOnceAnswering(page);
      await ask('Describe the video.');
      // stopped before its first word, an answer is empty and so not visible
      await lastAnswer().waitFor({ state: 'attached' });
    }
    assert.equal(await stopped.count(), 1);
    await untilReady();
    await ask('What is in the video?');
    await lastAnswer().waitFor();
    assert.notEqual(await lastAnswer().textContent(), '');
  });

  it('keeps conversations: found again after a reload, searched, renamed, deleted', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await chooseFile(clip);
    await untilReady();
    await ask('What is in the video?');
    await lastAnswer().waitFor();
    const said = await lastAnswer().textContent();
    const list = page.getByRole('navigation', { name: 'Conversations' });
    await list.getByRole('listitem').first().hover();
    await list.getByRole('button', { name: 'Rename "What is in the video?"' }).first().click();
    await list.getByLabel('New name').fill('My favourite clip');
    await page.keyboard.press('Enter');
    await list.getByText('My favourite clip').waitFor();

    await page.reload();
    await untilReady();
    assert.equal(await lastAnswer().textContent(), said);
    await page.getByLabel('stan-llava, start over').click();
    await list.getByLabel('Search conversations').fill('favourite');
    await list.getByText('My favourite clip').click();
    await untilReady();
    assert.equal(await lastAnswer().textContent(), said);

    await list.getByRole('listitem').first().hover();
    await list.getByRole('button', { name: 'Delete "My favourite clip"' }).click();
    await list.getByRole('button', { name: 'Delete', exact: true }).click();
    await list.getByText('Nothing found.').waitFor();
    await page.getByText('Ask about a video').waitFor();
  });

  it('asks in other words and answers again, with arrows between the branches', async () => {
    await chooseFile(clip);
    await untilReady();
    await ask('What is in the video?');
    await lastAnswer().waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('The question in other words').fill('What colour is it?');
    await page.keyboard.press('Enter');
    await page.getByText('2 / 2').waitFor();
    await lastAnswer().waitFor();
    assert.equal(await page.getByRole('article').count(), 1);
    await page.getByRole('button', { name: 'Question before' }).click();
    await page.getByRole('article').getByText('What is in the video?').waitFor();
    await page.getByRole('button', { name: 'Another answer' }).click();
    await page.getByRole('button', { name: 'Answer before' }).waitFor();
    await untilReady();
    await ask('Which way does it move?');
    await lastAnswer().waitFor();
    assert.equal(await page.getByRole('article').count(), 2);
  });

  it('goes on where it was when the page is loaded again in mid-answer', async () => {
    await chooseFile(clip);
    await untilReady();
    await ask('What is in the video?');
    await page.reload();
    await untilReady();
    assert.match((await lastAnswer().textContent()) ?? '', /[a-z]/i);
  });

  it('answers as the settings say, tells the pace, and saves the talk as files', async () => {
    await chooseFile(clip);
    await untilReady();
    await page.getByText('Settings', { exact: true }).click();
    await page.getByLabel('Longest answer').fill('0');
    assert.equal(await page.getByLabel('Longest answer').getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Longest answer').fill('2');
    await ask('Describe the video.');
    await page.getByText('Cut off: the answer reached its longest length.').waitFor();
    await page.getByText(/s to the first word · .*of \d+ tokens/).waitFor();
    await page.reload();
    await untilReady();
    await page.getByText('Settings', { exact: true }).click();
    assert.equal(await page.getByLabel('Longest answer').inputValue(), '2', 'this browser remembers');

    const saved = async (button: string) => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ]);
      return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
    };
    const json = await saved('JSON');
    assert.equal(json.name, 'Describe the video.json');
    const { model, messages, seen } = JSON.parse(json.text);
    assert.deepEqual([model, messages.length, seen.mode], ['demo', 2, 'stan']);
    const markdown = await saved('Markdown');
    assert.match(markdown.text, /^# Describe the video\.\n\n- Clip: clip\.mp4\n/);
  });

  it('compares: the same question with the video branch and without it', async () => {
    await chooseFile(clip);
    await untilReady();
    const direction = truth.questions.find(({ question }) => /way/i.test(question));
    assert.ok(direction);
    await ask(direction.question);
    await lastAnswer().waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    const both = page.getByLabel('The same question in both ways');
    await both.and(page.locator('[aria-busy=false]')).waitFor();
    const [stan, plain] = await both.getByRole('definition').allTextContents();
    assert.equal(stan, direction.answer);
    assert.notEqual(plain, stan);
  });

  it('is light or dark by choice', async () => {
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await colour();
    await page.getByLabel('Colours: as the system has them').click();
    const dark = await colour();
    assert.notEqual(dark, light);
    await page.reload();
    assert.equal(await colour(), dark);
    await page.getByLabel('Colours: dark').click();
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.equal(await colour(), light);
    await page.getByLabel('Colours: light').click();
    assert.equal(await colour(), dark);
  });

  it('fits a narrow screen', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await chooseFile(clip);
    await untilReady();
    await ask('What is in the video?');
    await lastAnswer().waitFor();
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(await overflow(), 0);
    await page.getByRole('button', { name: 'Conversations' }).click();
    await page.getByRole('navigation', { name: 'Conversations' }).getByRole('listitem').first().waitFor();
    assert.equal(await overflow(), 0);
  });

  it('says clearly that a text file is no video, and goes on', async () => {
    const notes = join(folder, 'notes.mp4');
    await writeFile(notes, 'These are only words.\n'.repeat(100));
    await chooseFile(notes);
    const failure = page.getByRole('alert');
    await failure.waitFor();
    assert.match((await failure.textContent()) ?? '', /Choose another clip\.$/);
    await chooseFile(clip);
    await untilReady();
    assert.equal(await failure.count(), 0);
  });
});

/** Presses the key inside the page, as soon as an answer runs: a key sent from here would come too late. */
function pressEscapeOnceAnswering(page: Page): Promise<void> {
  return page.evaluate(() => {
    const observer = new MutationObserver(() => {
      if (document.querySelector('[aria-busy=true]') === null) return;
      observer.disconnect();
      document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    });
    observer.observe(document.body, { childList: true, subtree: true, attributes: true });
  });
}
