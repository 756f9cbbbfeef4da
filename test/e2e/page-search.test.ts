import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { searchReply } from '#contract/search.ts';
import { seriousFaults } from './accessibility.ts';
import { PageFixture, skipPage } from './page-fixture.ts';
import { type Truth, writeWorldClip } from './world-clip.ts';

describe('finding clips on the page, and why', { skip: skipPage, timeout: 300_000 }, () => {
  const fixture = PageFixture.use();
  let wanted: Truth = { caption: '', questions: [] };

  const search = async (query: string) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query });
    const reply = await fetch(`${fixture.url}/v1/search`, { method: 'POST', headers, body });
    return searchReply.parse(await reply.json());
  };
  const check = async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await fixture.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      assert.deepEqual(await seriousFaults(fixture.page), [], colorScheme);
    }
  };
  before(async () => {
    for (const seed of [20_001, 20_002, 20_003, 20_004]) {
      const path = join(fixture.folder, `clip ${seed}.mp4`);
      const truth = await writeWorldClip(seed, path);
      if (seed === 20_003) wanted = truth;
      const body = new FormData();
      body.append('file', await openAsBlob(path), `clip ${seed}.mp4`);
      await fetch(`${fixture.url}/v1/videos`, { method: 'POST', body });
    }
    while ((await search('anything')).pending > 0) await pause(100);
  });

  it('shows the clips that match, shaded by frame and by word; a hit opens a talk about it', async () => {
    await fixture.page.getByRole('searchbox', { name: 'Find a clip' }).fill(wanted.caption);
    await fixture.page.keyboard.press('Enter');
    await fixture.page.getByText(/^4 clips, the best first/).waitFor();
    const best = fixture.page.getByRole('listitem').getByRole('article').first();
    assert.equal(await best.getAttribute('aria-label'), 'clip 20003.mp4');
    await check();
    const shares = await best.locator('.weight').allTextContents();
    const sum = shares.reduce((total, share) => total + Number.parseInt(share, 10), 0);
    assert.ok(Math.abs(sum - 100) <= shares.length, `${shares}`);
    const said = await best.getByRole('list', { name: 'The words' }).textContent();
    assert.equal(said?.replaceAll(/\s/g, ''), wanted.caption.replaceAll(/\s/g, ''));
    await best.getByRole('button', { name: 'clip 20003.mp4' }).click();
    await fixture.untilReady();
    await fixture.page.getByRole('heading', { name: 'clip 20003.mp4' }).waitFor();
  });

  it('shades the film strip by a question, and shows where the branch looks', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.ask('Which way does it move?');
    await fixture.lastAnswer().waitFor();
    await fixture.page.getByRole('button', { name: 'Which frames' }).click();
    await fixture.page.locator('.filmstrip.shaded').waitFor();
    await fixture.page
      .getByRole('article')
      .getByRole('list', { name: 'The words' })
      .getByText('move')
      .waitFor();
    await fixture.page.getByRole('button', { name: 'Where it looks' }).click();
    const map = fixture.page.getByRole('img', { name: 'Where the video branch looks' });
    await map.waitFor();
    const warmest = () =>
      map.evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
        return data ? Array.from(data).filter((_, index) => index % 4 === 3) : [];
      });
    const first = await warmest();
    await check();
    assert.equal(Math.max(...first), 190);
    assert.ok(new Set(first).size > 3, 'it looks somewhere');
    await fixture.page
      .getByRole('list', { name: 'The frames the assistant saw' })
      .getByRole('button')
      .last()
      .click();
    await fixture.page.getByText('Where the video branch looks, 0:01').waitFor();
    assert.notDeepEqual(await warmest(), first);
  });

  it('shows whether the order of the frames changes the answer', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    const direction = fixture.truth.questions.find(({ question }) => /way/i.test(question));
    assert.ok(direction);
    await fixture.ask(direction.question);
    await fixture.lastAnswer().waitFor();
    await fixture.page.getByRole('button', { name: 'Order' }).click();
    const table = fixture.page.getByRole('table', {
      name: 'The same question about the frames in another order',
    });
    await fixture.page
      .getByText('With motion: the order changes the answer. Plain frames: the order changes nothing.')
      .waitFor();
    await check();
    const cells = await table.getByRole('cell').allTextContents();
    const [forward, , reverse] = cells;
    assert.equal(forward, direction.answer);
    assert.notEqual(reverse, forward);
  });
});
