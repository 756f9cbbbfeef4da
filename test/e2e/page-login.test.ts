import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '#bench/browser.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';
import { skipPage } from './page-fixture.ts';

/** The page in a browser, on a server that asks for a key and whose model says what it is told to. */
describe('the page of a server with keys', { skip: skipPage, timeout: 300_000 }, () => {
  const folder = tempFolder();
  let server: RunningServer;
  let browser: Browser;
  let contexts: BrowserContext[] = [];
  before(async () => {
    server = await startServer(folder, { clientDir: 'client/dist', maxUploadBytes: 2 ** 20 });
    browser = await launchBrowser();
  });
  beforeEach(() => {
    contexts = [];
  });
  afterEach(async () => {
    for (const context of contexts) await context.close();
  });
  after(async () => {
    await browser.close();
    await server.close();
  });

  async function open(): Promise<Page> {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    // the fake engine takes words for a clip; the player needs a real one
    const clip = await readFile('client/public/sample.mp4');
    const range = { 'accept-ranges': 'bytes', 'content-range': `bytes 0-${clip.length - 1}/${clip.length}` };
    await page.route('**/v1/videos/*/file', (route) =>
      route.fulfill({ status: 206, headers: range, contentType: 'video/mp4', body: clip }),
    );
    await page.goto(server.url);
    return page;
  }

  async function logIn(page: Page, key: string): Promise<void> {
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  async function openAs(user: string): Promise<{ page: Page; id: string; key: string }> {
    const { key, id } = server.keys.create(user);
    const page = await open();
    await logIn(page, key);
    await page.getByRole('heading', { name: 'Ask about a video' }).waitFor();
    return { page, id, key };
  }

  it('asks for a key, says that a wrong one is wrong, and logs in and out', async () => {
    const { key } = server.keys.create('Ann');
    const page = await open();
    await logIn(page, 'sk-stan-wrong');
    await page.getByRole('alert').getByText('This key is not known here.').waitFor();
    assert.equal(await page.getByText('Drop clips here').count(), 0);
    await logIn(page, key);
    await page.getByText('Drop clips here').waitFor();
    const [cookie] = await page.context().cookies();
    assert.ok(cookie);
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
    assert.equal(await page.evaluate(() => document.cookie), '');
    await page.reload();
    await page.getByText('Drop clips here').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Key', { exact: true }).waitFor();
    assert.deepEqual(await page.context().cookies(), []);
  });

  it('uploads, asks and deletes over a session; two users do not see each other', async () => {
    const ann = await openAs('Ann');
    await ann.page
      .locator('input[accept*=video]')
      .first()
      .setInputFiles({
        name: 'of-ann.mp4',
        mimeType: 'video/mp4',
        buffer: Buffer.from('video'),
      });
    await ann.page.getByText('Ready for your question').waitFor();
    const ask = async () => {
      await ann.page.getByLabel('Your question').fill('What is it?');
      await ann.page.keyboard.press('Enter');
      await ann.page.locator('.answer[aria-busy=false]').last().waitFor();
    };
    await ask();
    const bob = await openAs('Bob');
    for (const address of ['#/clips', '#/']) {
      await bob.page.goto(`${server.url}/${address}`);
      await bob.page.reload();
      await bob.page.locator('header').waitFor();
      assert.equal(await bob.page.getByText(/of-ann|What is it/).count(), 0);
    }
    // not by its address either
    const { hash } = new URL(ann.page.url());
    await bob.page.goto(`${server.url}/${hash}`);
    await bob.page.reload();
    await bob.page.getByText('There is no conversation at this address.').waitFor();
  });

  it('shows the way in when the key is revoked in the middle of an answer', async () => {
    const { page, id, key } = await openAs('Cem');
    await page
      .locator('input[accept*=video]')
      .first()
      .setInputFiles({
        name: 'a.mp4',
        mimeType: 'video/mp4',
        buffer: Buffer.from('video'),
      });
    await page.getByText('Ready for your question').waitFor();
    await page.getByLabel('Your question').fill('What is ... it?');
    await page.keyboard.press('Enter');
    await page.locator('.answer[aria-busy=true]').getByText('What').waitFor();
    server.keys.revoke(id);
    await page.getByLabel('Key', { exact: true }).waitFor();
    assert.equal(await page.getByText('What is').count(), 0, 'nothing stays on the screen');
    await logIn(page, key);
    await page.getByRole('alert').getByText('This key is not known here.').waitFor();
  });
});
