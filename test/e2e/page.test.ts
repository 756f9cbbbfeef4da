import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page, Request } from 'playwright-core';
import { modelList } from '#contract/rest.ts';
import { writeWorldClip } from './world-clip.ts';
import { seriousFaults } from './accessibility.ts';
import { PageFixture, skipPage } from './page-fixture.ts';

describe('the page', { skip: skipPage, timeout: 300_000 }, () => {
  const fixture = PageFixture.use();

  it('answers a question about an uploaded clip', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    const colour = fixture.truth.questions.find(({ question }) => /colou?r/i.test(question));
    assert.ok(colour, 'the world asks for the colour of every clip');
    await fixture.ask(colour.question);
    await fixture.lastAnswer().waitFor();
    assert.equal(await fixture.lastAnswer().textContent(), colour.answer);
  });

  it('shows the frames the model saw; a click on one goes to its moment', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    const frames = fixture.page
      .getByRole('list', { name: 'The frames the assistant saw' })
      .getByRole('button');
    const [model] = modelList.parse(await (await fetch(`${fixture.url}/v1/models`)).json()).data;
    assert.equal(await frames.count(), model?.frames);
    const picture = frames.last().getByRole('img');
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    assert.ok(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth > 100));
    await frames.last().click();
    const [, minutes = '', seconds = ''] =
      /(\d+):([\d.]+)/.exec((await frames.last().textContent()) ?? '') ?? [];
    const moment = await fixture.page
      .getByLabel('The clip', { exact: true })
      .evaluate((video: HTMLVideoElement) => video.currentTime);
    assert.ok(Math.abs(moment - 60 * Number(minutes) - Number(seconds)) < 0.06, `${moment}`);
  });

  it('goes on with an upload after the connection was lost', async () => {
    const large = join(fixture.folder, 'large.mp4');
    const box = Buffer.alloc(48 * 2 ** 20);
    // what players skip: a box of free space behind the clip
    box.writeUInt32BE(box.length);
    box.write('free', 4, 'latin1');
    await writeFile(large, Buffer.concat([await readFile(fixture.clip), box]));
    const network = await fixture.page.context().newCDPSession(fixture.page);
    // slow enough to be caught in the middle
    const line = { latency: 0, downloadThroughput: -1, uploadThroughput: 15 * 2 ** 20 };
    const set = (offline: boolean) => network.send('Network.emulateNetworkConditions', { ...line, offline });
    await network.send('Network.enable');
    await set(false);
    let pieces = 0;
    fixture.page.on('requestfinished', (request) => {
      if (request.method() === 'PATCH') pieces++;
    });
    const isPiece = (request: Request) => request.method() === 'PATCH';
    // the progress is shown before anything is sent
    const sent = fixture.page.waitForEvent('requestfinished', isPiece);
    await fixture.chooseFile(large);
    await fixture.page.getByText(/ of 50\.\d MB, /).waitFor();
    await sent;
    const lost = fixture.page.waitForEvent('requestfailed', isPiece);
    await set(true);
    await lost;
    await set(false);
    await fixture.untilReady();
    assert.ok(pieces >= 6, 'no piece was sent as a whole anew');
  });

  it('takes a clip that is pasted', async () => {
    const bytes = (await readFile(fixture.clip)).toString('base64');
    await fixture.page.evaluate((base64) => {
      const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([data], 'pasted.mp4', { type: 'video/mp4' }));
      document.body.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      );
    }, bytes);
    await fixture.untilReady();
    await fixture.page.getByRole('heading', { name: 'pasted.mp4' }).waitFor();
  });

  it('says what the loaded package knows', async () => {
    const { data } = modelList.parse(await (await fetch(`${fixture.url}/v1/models`)).json());
    assert.ok(data[0]);
    await fixture.page.getByText('What it knows').click();
    await fixture.page.getByRole('main').getByText(data[0].about).waitFor();
  });

  it('is small: less than 150 kB of script, styles and font before the first look', async () => {
    const html = await readFile('client/dist/index.html', 'utf8');
    const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    const font = (await readdir('client/dist/assets')).find((name) => /latin-wght/.test(name));
    files.push(`/assets/${font}`);
    assert.ok(files.length >= 3, `${files}`);
    const sizes = await Promise.all(
      files.map(async (path) => gzipSync(await readFile(join('client/dist', path))).length),
    );
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 150_000, `${sizes}`);
  });

  it('waits for a model that is still being loaded', async () => {
    const body = { error: { code: 'starting', message: 'Not yet.', type: 'server_error', param: null } };
    await fixture.page.route('**/v1/models', (route) => route.fulfill({ status: 503, json: body }));
    await fixture.reload();
    await fixture.page.getByText('The model is loading').waitFor();
    await fixture.page.unroute('**/v1/models');
    await fixture.page.getByText('The model is loading').waitFor({ state: 'detached' });
    await fixture.page.getByRole('banner').getByText('demo', { exact: true }).waitFor();
  });

  it('says that the connection is lost, and goes on when it is back', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.page.context().setOffline(true);
    await fixture.page.getByText('The connection is lost.').waitFor();
    await fixture.page.context().setOffline(false);
    await fixture.untilReady();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
  });

  it('stops an answer with Escape, and takes the next question', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    // A short answer may be whole before the key arrives; then ask again.
    const stopped = fixture.page.getByText('Stopped.');
    for (let attempt = 0; attempt < 10 && (await stopped.count()) === 0; attempt++) {
      await pressEscapeOnceAnswering(fixture.page);
      await fixture.ask('Describe the video.');
      // stopped before its first word, an answer is empty and so not visible
      await fixture.lastAnswer().waitFor({ state: 'attached' });
    }
    assert.equal(await stopped.count(), 1);
    await fixture.untilReady();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    assert.notEqual(await fixture.lastAnswer().textContent(), '');
  });

  it('is light or dark by choice', async () => {
    const colour = () => fixture.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await fixture.page.emulateMedia({ colorScheme: 'light' });
    const light = await colour();
    await fixture.page.getByLabel('Colours: as the system has them').click();
    const dark = await colour();
    assert.notEqual(dark, light);
    await fixture.reload();
    assert.equal(await colour(), dark);
    await fixture.page.getByLabel('Colours: dark').click();
    await fixture.page.emulateMedia({ colorScheme: 'dark' });
    assert.equal(await colour(), light);
    await fixture.page.getByLabel('Colours: light').click();
    assert.equal(await colour(), dark);
  });

  it('has no serious fault in accessibility on any screen, light or dark', async () => {
    const check = async (where: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await fixture.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await seriousFaults(fixture.page), [], `${where}, ${colorScheme}`);
      }
    };
    await check('start');
    await fixture.page.keyboard.press('?');
    await check('keys');
    await fixture.page.keyboard.press('Escape');
    await fixture.page.getByRole('button', { name: 'Record with the camera' }).click();
    await fixture.page.getByRole('button', { name: 'Record', exact: true, disabled: false }).waitFor();
    await check('camera');
    await fixture.page.keyboard.press('Escape');
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.page.getByText('Settings', { exact: true }).click();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    await fixture.page.getByRole('button', { name: 'Compare' }).click();
    await fixture.page.getByRole('definition').first().waitFor();
    const second = join(fixture.folder, 'second.mp4');
    await writeWorldClip(20_002, second);
    await fixture.page.getByLabel('Add a clip to the conversation').setInputFiles(second);
    await fixture.untilReady();
    await check('chat');
    await fixture.page.getByRole('button', { name: 'Edit' }).click();
    await check('editing');
    await fixture.page.keyboard.press('Escape');
    await fixture.page.setViewportSize({ width: 360, height: 740 });
    await fixture.page.getByRole('button', { name: 'Conversations' }).click();
    await check('list on a narrow screen');
    await fixture.page.getByLabel('stan-llava, start over').click();
    await fixture.chooseFile(join(fixture.folder, 'notes.mp4'));
    await fixture.page.getByRole('alert').waitFor();
    await check('refused file');
  });

  it('fits a narrow screen', async () => {
    await fixture.page.setViewportSize({ width: 360, height: 740 });
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    const overflow = () => fixture.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(await overflow(), 0);
    await fixture.page.getByRole('button', { name: 'Conversations' }).click();
    await fixture.page
      .getByRole('navigation', { name: 'Conversations' })
      .getByRole('listitem')
      .first()
      .waitFor();
    assert.equal(await overflow(), 0);
  });

  it('says clearly that a text file is no video, and goes on', async () => {
    await fixture.chooseFile(join(fixture.folder, 'notes.mp4'));
    const failure = fixture.page.getByRole('alert');
    await failure.waitFor();
    assert.match((await failure.textContent()) ?? '', /Choose another clip\.$/);
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
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
