import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { videoList } from '#contract/rest.ts';
import { PageFixture, skipPage } from './page-fixture.ts';
import { writeWorldClip } from './world-clip.ts';

describe('clips, languages and keys on the page', { skip: skipPage, timeout: 300_000 }, () => {
  const fixture = PageFixture.use();
  const getByRole = (...args: Parameters<Page['getByRole']>): Locator => fixture.page.getByRole(...args);
  const ready = () => fixture.untilReady();

  it('talks about several clips in one conversation, each named, also after a reload', async () => {
    const [second, third] = [join(fixture.folder, 'the second one.mp4'), join(fixture.folder, 'third.mp4')];
    await writeWorldClip(20_002, second);
    await fixture.chooseFile(fixture.clip);
    await ready();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    await fixture.page.getByLabel('Add a clip to the conversation').setInputFiles(second);
    const tabs = getByRole('list', { name: 'Clips of this conversation' });
    await tabs.getByRole('button', { name: /^B ?the second one\.mp4$/, pressed: true }).waitFor();
    await ready();
    await fixture.ask('What colour is it?');
    await fixture.lastAnswer().waitFor();
    const asked = getByRole('article').last();
    await asked.getByText('the second one.mp4').waitFor();
    // what was asked about stays; what was not can be taken out again
    assert.equal(await getByRole('button', { name: 'Take out the second one.mp4' }).count(), 0);
    await writeWorldClip(20_003, third);
    await fixture.page.getByLabel('Add a clip to the conversation').setInputFiles(third);
    await getByRole('button', { name: 'Take out third.mp4' }).click();
    assert.equal(await tabs.getByRole('listitem').count(), 2);
    // the same bytes are the same clip
    await fixture.page.getByLabel('Add a clip to the conversation').setInputFiles(fixture.clip);
    await tabs.getByRole('button', { name: /^A ?clip\.mp4$/, pressed: true }).waitFor();
    assert.equal(await tabs.getByRole('listitem').count(), 2);
    await fixture.reload();
    await ready();
    assert.equal(await tabs.getByRole('listitem').count(), 2);
    await tabs.getByRole('button', { name: /^A ?clip\.mp4$/ }).click();
    await getByRole('heading', { name: 'clip.mp4' }).waitFor();
  });

  it('shows a talk whose clip was deleted, and says so', async () => {
    await fixture.chooseFile(fixture.clip);
    await ready();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    const said = await fixture.lastAnswer().textContent();
    const { videos } = videoList.parse(await (await fetch(`${fixture.url}/v1/videos`)).json());
    for (const { id } of videos) await fetch(`${fixture.url}/v1/videos/${id}`, { method: 'DELETE' });
    await fixture.reload();
    await fixture.page.getByText('Not on this server: clip.mp4').waitFor();
    assert.equal(await fixture.lastAnswer().textContent(), said);
  });

  it('goes on with an answer that was cut off, in its place', async () => {
    await fixture.chooseFile(fixture.clip);
    await ready();
    await fixture.ask('Describe the video.');
    await fixture.lastAnswer().waitFor();
    const whole = await fixture.lastAnswer().textContent();
    await fixture.page.getByText('Settings', { exact: true }).click();
    await fixture.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('2');
    await fixture.page.getByRole('button', { name: 'Edit' }).click();
    await fixture.page.keyboard.press('Enter');
    await fixture.page.getByText('Cut off: the answer reached the maximum length.').waitFor();
    await fixture.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('');
    await fixture.reload();
    await ready();
    await fixture.page.getByText('Cut off: the answer reached the maximum length.').waitFor();
    await fixture.page.getByRole('button', { name: 'Continue' }).click();
    await fixture.page
      .getByText('Cut off: the answer reached the maximum length.')
      .waitFor({ state: 'detached' });
    await fixture.lastAnswer().waitFor();
    assert.equal(await fixture.lastAnswer().textContent(), whole);
    assert.equal(await getByRole('article').count(), 1);
  });

  it('saves a conversation with its branches, and takes it back', async () => {
    await fixture.chooseFile(fixture.clip);
    await ready();
    await fixture.ask('What colour is it?');
    await fixture.lastAnswer().waitFor();
    await fixture.page.getByRole('button', { name: 'Edit' }).click();
    await fixture.page.getByLabel('The question in other words').fill('What is in the video?');
    await fixture.page.keyboard.press('Enter');
    await fixture.page.getByText('2 / 2').waitFor();
    await fixture.lastAnswer().waitFor();
    const said = await fixture.lastAnswer().textContent();
    const [file] = await Promise.all([
      fixture.page.waitForEvent('download'),
      fixture.page.getByRole('button', { name: 'JSON' }).click(),
    ]);
    const saved = join(fixture.folder, 'saved.json');
    await file.saveAs(saved);
    await fixture.page.setViewportSize({ width: 1280, height: 800 });
    const before = fixture.page.url();
    await fixture.page.getByLabel('Import', { exact: true }).setInputFiles(saved);
    await fixture.page.waitForURL((url) => url.href !== before && url.hash !== '');
    await ready();
    await fixture.page.getByText('2 / 2').waitFor();
    assert.equal(await fixture.lastAnswer().textContent(), said);
    await fixture.page.getByLabel('Import', { exact: true }).setInputFiles(fixture.clip);
    await fixture.page.getByText('This file is not a conversation saved by this page.').waitFor();
  });

  it('records a clip with the camera', async () => {
    await getByRole('button', { name: 'Record with the camera' }).click();
    const dialog = getByRole('dialog', { name: 'Record a clip' });
    await dialog.getByRole('button', { name: 'Record', exact: true }).click();
    await dialog.getByText('Recording, 1 s').waitFor();
    await dialog.getByRole('button', { name: 'Stop and use it' }).click();
    await ready();
    await getByRole('heading', { name: /^camera\.(webm|mp4)$/ }).waitFor();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
  });

  it('speaks Vietnamese when asked to, and remembers it', async () => {
    await fixture.page.getByLabel('Language').selectOption('vi');
    await getByRole('heading', { name: 'Hỏi về một đoạn phim' }).waitFor();
    await fixture.reload();
    await getByRole('heading', { name: 'Hỏi về một đoạn phim' }).waitFor();
    assert.equal(await fixture.page.locator('html').getAttribute('lang'), 'vi');
    await fixture.chooseFile(join(fixture.folder, 'notes.mp4'));
    const failure = getByRole('alert');
    await failure.waitFor();
    assert.match((await failure.textContent()) ?? '', /Hãy chọn một đoạn phim khác\.$/);
  });

  it('is all there by keyboard alone', async () => {
    const { keyboard } = fixture.page;
    const focused = () =>
      fixture.page.evaluate(() => {
        const { activeElement: index } = document;
        if (index === document.body) return '';
        return (
          index?.getAttribute('aria-label') ??
          index?.closest('label')?.textContent ??
          index?.textContent ??
          ''
        );
      });
    const tabTo = async (name: RegExp) => {
      for (let press = 0; press < 60; press++) {
        if (name.test(await focused())) return;
        await keyboard.press('Tab');
      }
      assert.fail(`nothing like ${name} within 60 presses`);
    };
    await keyboard.press('?');
    const list = getByRole('dialog', { name: 'Keys' });
    await list.getByText('Stop the answer').waitFor();
    await keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    await tabTo(/A motion/);
    await keyboard.press('Enter');
    await fixture.lastAnswer().waitFor();
    await fixture.page.locator('.question-field:focus').waitFor();
    // an empty field, arrow up: the last question in other words
    await ready();
    await fixture.page.getByLabel('Your question').press('ArrowUp');
    await fixture.page.locator('.editor textarea:focus').waitFor();
    await keyboard.press('Control+A');
    await keyboard.type('What colour is it?');
    await keyboard.press('Enter');
    await fixture.page.getByText('2 / 2').waitFor();
    await fixture.lastAnswer().waitFor();
    await tabTo(/^Compare/);
    await keyboard.press('Enter');
    await fixture.page.getByLabel('The same question in both ways').getByRole('definition').last().waitFor();
    await keyboard.press('/');
    await fixture.page.locator('.search:focus').waitFor();
    await keyboard.press('Tab');
    await keyboard.press('Control+k');
    await keyboard.type('new conv');
    await keyboard.press('Enter');
    await getByRole('heading', { name: 'Ask about a video' }).waitFor();
  });
});
