import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { writeFilm } from '#cli/write-film.ts';
import { RestClient } from '#contract/client-rest.ts';
import { captionFor } from '#models/world/captions.ts';
import { drawClip, splitRandom } from '#models/world/dataset.ts';
import { seriousFaults } from './accessibility.ts';
import { PageFixture, skipPage } from './page-fixture.ts';

const random = splitRandom('test', 11);
const shots = [
  { scene: drawClip(random, { kind: 'ball', colour: 'red', motion: 'left' }), start: 0, end: 8 },
  { scene: drawClip(random, { kind: 'tree', colour: 'green', motion: 'still' }), start: 8, end: 34 },
  { scene: drawClip(random, { kind: 'fish', colour: 'orange', motion: 'up' }), start: 34, end: 44 },
  { scene: drawClip(random, { kind: 'house', colour: 'blue', motion: 'right' }), start: 44, end: 50 },
];

describe('the timeline of a long clip', { skip: skipPage, timeout: 600_000 }, () => {
  const fixture = PageFixture.use();
  let film = '';
  let rest: RestClient;
  let id = '';

  before(async () => {
    film = join(fixture.folder, 'film.mp4');
    await writeFilm(shots, film, new AbortController().signal);
    rest = new RestClient({ url: fixture.url });
    ({ id } = await rest.upload('film.mp4', new Blob([await readFile(film)])));
  });

  const timeline = (): Locator => fixture.page.getByRole('region', { name: 'Timeline' });
  const slider = (): Locator => timeline().getByRole('slider', { name: 'Position in the clip' });
  const position = async (): Promise<number> => Number(await slider().getAttribute('aria-valuenow'));
  const chapters = (): Locator => timeline().getByRole('list', { name: 'Chapters' }).getByRole('listitem');
  const played = (): Promise<number> =>
    fixture.page.locator('video').evaluate((video) => (video as HTMLVideoElement).currentTime);

  async function open(): Promise<void> {
    await fixture.page.setViewportSize({ width: 1280, height: 900 });
    await fixture.chooseFile(film);
    await fixture.untilReady();
    await chapters().first().waitFor();
  }

  /** Presses the mouse at one moment, and lets go at another. */
  async function drag(from: number, to: number): Promise<void> {
    await slider().scrollIntoViewIfNeeded();
    const box = (await slider().boundingBox()) ?? assert.fail('there is no timeline');
    const x = (seconds: number) => box.x + (seconds / 50) * box.width;
    const y = box.y + box.height / 2;
    const { mouse } = fixture.page;
    await mouse.move(x(from), y);
    await mouse.down();
    await mouse.move(x((from + to) / 2), y);
    await mouse.move(x(to), y);
    await mouse.up();
  }

  it('shows the segments as they are encoded, then the chapters, and serves everybody', async () => {
    await open();
    const { segments } = await rest.segments(id);
    await timeline().getByText(`${segments.length} segments`).waitFor();
    assert.equal(await timeline().locator('.timeline-segment.encoded').count(), segments.length);
    const { chapters: made } = await rest.chapters(id);
    const shown = await chapters().getByRole('button', { name: /^\d/ }).allInnerTexts();
    assert.deepEqual(
      shown.map((text) => text.replaceAll(/\s+/g, ' ')),
      made.map(({ start, title }) => `0:${String(Math.floor(start)).padStart(2, '0')} ${title}`),
    );
    for (const colorScheme of ['light', 'dark'] as const) {
      await fixture.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      assert.deepEqual(await seriousFaults(fixture.page), [], colorScheme);
    }
  });

  it('shows a short clip without a timeline', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.page.getByRole('list', { name: 'The frames the assistant saw' }).waitFor();
    assert.equal(await timeline().count(), 0);
  });

  it('goes to a moment by click, by key and by chapter', async () => {
    await open();
    await drag(40, 40);
    assert.ok(Math.abs((await position()) - 40) <= 1, `${await position()}`);
    assert.ok(Math.abs((await played()) - 40) <= 1, `${await played()}`);
    await slider().press('Home');
    assert.equal(await position(), 0);
    await slider().press('ArrowRight');
    await slider().press('ArrowRight');
    assert.equal(await position(), 2);
    assert.ok(Math.abs((await played()) - 2) < 0.5);
    await slider().press('PageUp');
    const { chapters: made } = await rest.chapters(id);
    assert.equal(await position(), Math.floor(made[1]?.start ?? 50));
    assert.match((await slider().getAttribute('aria-valuetext')) ?? '', /^0:\d\d of 0:\d\d: \S/);
    await chapters().first().getByRole('button', { name: /^0:00/ }).click();
    assert.equal(await position(), 0);
    assert.equal(await chapters().first().locator('[aria-current]').count(), 1);
  });

  it('shows where the clip matches the last question, and goes there', async () => {
    await open();
    const question = captionFor(shots[2]?.scene ?? assert.fail());
    await fixture.ask(question);
    await fixture.lastAnswer().waitFor();
    const best = timeline()
      .getByText('Best matches of the question')
      .locator('..')
      .getByRole('button')
      .first();
    await best.click();
    const { results } = await rest.moments(id, { query: question, k: 1 });
    assert.equal(await position(), Math.floor(results[0]?.start ?? -1));
    assert.ok((await position()) >= 33 && (await position()) < 44, 'the fish');
    assert.ok((await timeline().locator('.timeline-segment.shown').count()) > 0, 'what the answer was shown');
    const hottest = timeline().locator('.timeline-heat[style*="--intensity: 1;"]');
    const track = (await slider().boundingBox()) ?? assert.fail();
    const heat = (await hottest.boundingBox()) ?? assert.fail();
    const middle = (50 * (heat.x + heat.width / 2 - track.x)) / track.width;
    assert.ok(middle > 34 && middle < 44, `the warmest moment is at ${middle} s`);
  });

  it('asks about a part that was dragged, until that is taken back', async () => {
    await open();
    await drag(35, 43);
    await fixture.page.getByText(/^About 0:3[456]–0:4[234]$/).waitFor();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    const asked = fixture.page.getByRole('article').last();
    await asked.getByText(/^About 0:3[456]–0:4[234]$/).waitFor();
    assert.match((await fixture.lastAnswer().textContent()) ?? '', /fish/);
    await fixture.page.getByRole('button', { name: 'Ask about the whole clip again' }).click();
    assert.equal(await fixture.page.locator('.part-chip').count(), 0);
    await fixture.page.locator('.question-field:focus').waitFor();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    assert.equal(await asked.getByText(/^About/).count(), 0);
  });

  it('chooses a part by keys and by chapter too', async () => {
    await open();
    await slider().press('Home');
    for (let press = 0; press < 7; press++) await slider().press('Shift+ArrowRight');
    await fixture.page.getByText('About 0:00–0:07', { exact: true }).waitFor();
    for (let press = 0; press < 2; press++) await slider().press('Shift+ArrowLeft');
    await fixture.page.getByText('About 0:00–0:05', { exact: true }).waitFor();
    assert.deepEqual(await seriousFaults(fixture.page), []);
    await slider().press('Escape');
    assert.equal(await fixture.page.locator('.part-chip').count(), 0);
    await chapters()
      .last()
      .getByRole('button', { name: /^Ask about this chapter/ })
      .click();
    const { chapters: made } = await rest.chapters(id);
    const start = Math.floor(made.at(-1)?.start ?? -1);
    await fixture.page.getByText(`About 0:${start}–0:49`, { exact: true }).waitFor();
  });
});
