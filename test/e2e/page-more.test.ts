import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PageFixture, skipPage } from './page-fixture.ts';

describe('more of the page', { skip: skipPage, timeout: 300_000 }, () => {
  const fixture = PageFixture.use();
  const begin = async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
  };
  const askOnce = async (question: string) => {
    await fixture.ask(question);
    await fixture.lastAnswer().waitFor();
  };

  it('selects several conversations, by keyboard too, to export and to delete', async () => {
    const { page } = fixture;
    for (const question of ['What is in the video?', 'What colour is it?']) {
      await begin();
      await askOnce(question);
      await page.getByLabel('stan-llava, start over').click();
    }
    const list = page.getByRole('navigation', { name: 'Conversations' });
    const items = list.getByRole('listitem');
    assert.equal(await items.count(), 2);
    await list.getByRole('button', { name: 'Choose several conversations' }).click();
    await items.first().getByRole('button', { pressed: false }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await list.getByText('2 conversations selected').waitFor();
    const download = page.waitForEvent('download');
    await list.getByRole('button', { name: 'Export', exact: true }).click();
    const saved = JSON.parse(await readFile(await (await download).path(), 'utf8'));
    assert.equal(saved.conversations.length, 2);
    await list.getByRole('button', { name: 'Choose several conversations' }).click();
    await items.first().getByRole('button', { pressed: false }).click();
    await list.getByRole('button', { name: 'Delete', exact: true }).click();
    assert.equal(await items.count(), 1);
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await items.count(), 2);
  });

  it('offers a link for reading where the server tells its users apart', async () => {
    const { page } = fixture;
    await page.route('**/v1/session', (route) =>
      route.fulfill({ json: { user: { id: 'u', name: 'Ann' }, role: 'member', csrfToken: null } }),
    );
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await fixture.reload();
    await begin();
    await askOnce('What is in the video?');
    await page.getByRole('button', { name: 'Share a link to read it' }).click();
    await page.getByText('Link copied.').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
    const stop = page.getByRole('banner').getByRole('button', { name: 'Stop sharing' });
    await stop.click();
    await page.getByRole('button', { name: 'Share a link to read it' }).waitFor();
  });

  it('offers no link where everybody reads everything', async () => {
    await begin();
    await askOnce('What is in the video?');
    assert.equal(await fixture.page.getByRole('button', { name: 'Share a link to read it' }).count(), 0);
  });

  it('shows a subtitle file with the clip', async () => {
    const { page } = fixture;
    const subtitles = join(fixture.folder, 'words.srt');
    await writeFile(subtitles, '1\n00:00:00,000 --> 00:00:02,000\nHello, world\n');
    await begin();
    await page.getByLabel('Show a subtitle file').setInputFiles(subtitles);
    const cue = page.waitForFunction(() => {
      const track = document.querySelector('video')?.textTracks[0];
      const first = track?.cues?.[0];
      return track?.mode === 'showing' && first instanceof VTTCue ? first.text : undefined;
    });
    assert.equal(await (await cue).jsonValue(), 'Hello, world');
  });

  it('takes a question by voice where the browser recognises speech by itself', async () => {
    const { page } = fixture;
    await page.addInitScript({
      content: `window.SpeechRecognition = class extends EventTarget {
        static async available() { return 'available'; }
        start() {
          const results = [[{ transcript: 'what is it' }]];
          this.dispatchEvent(Object.assign(new Event('result'), { results }));
          this.dispatchEvent(new Event('end'));
        }
        stop() {}
      };`,
    });
    await fixture.reload();
    await begin();
    await page.getByRole('button', { name: 'Speak the question' }).click();
    assert.equal(await page.getByLabel('Your question').inputValue(), 'what is it');
  });

  it('stands from right to left without scrolling sideways', async () => {
    const { page } = fixture;
    await begin();
    await askOnce('What is in the video?');
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl';
    });
    for (const width of [360, 768, 1600]) {
      await page.setViewportSize({ width, height: 740 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${over} pixels too wide at ${width}`);
    }
    const [question, answer] = [page.locator('.question'), page.locator('.answer')];
    const [asked, answered] = [await question.boundingBox(), await answer.boundingBox()];
    assert.ok(asked && answered && asked.x <= answered.x, 'questions stand on the left');
  });
});
