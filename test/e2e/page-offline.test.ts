import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '#bench/browser.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { skipPage } from './page-fixture.ts';

describe('the installed page', { skip: skipPage, timeout: 180_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;
  before(async () => {
    server = await startServer('models/demo');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  it('has a manifest whose icons are there', async () => {
    const reply = await fetch(`${server.url}/manifest.webmanifest`);
    assert.match(reply.headers.get('content-type') ?? '', /manifest\+json/);
    const { icons } = await reply.json();
    for (const { src, type } of icons) {
      const icon = await fetch(`${server.url}${src}`);
      assert.deepEqual([icon.status, icon.headers.get('content-type')], [200, type]);
    }
  });

  it('opens without the server, and says that it is gone', async () => {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    // from now on the worker serves the page
    await page.reload();
    await page.getByText('Choose a file').waitFor();
    await server.end();
    await page.reload();
    await page.getByText('Choose a file').waitFor();
    await page.getByRole('button', { name: 'Ask without a clip' }).click();
    await page.getByText('The connection is lost.').waitFor();
    await page.close();
  });
});
