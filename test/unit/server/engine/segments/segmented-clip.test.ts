import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forgetfulStore } from '#engine/segments/segment-store.ts';
import { SegmentedClip, scenesWithin } from '#engine/segments/segmented-clip.ts';
import { clock, withTimeMark } from '#engine/segments/time-mark.ts';
import { partWithin } from '#engine/media/part.ts';
import { AppError } from '#errors';

const key = { sha256: 'a', packageHash: 'b', cutter: 'c' };
const spans = (scenes: readonly { start: number; end: number }[]) =>
  scenes.map(({ start, end }) => [start, end]);

function clipOf(isWhole: boolean): SegmentedClip {
  const clip = new SegmentedClip(key, forgetfulStore);
  const segments = [
    { start: 0, end: 10, repeats: false },
    { start: 10, end: 30, repeats: true },
    { start: 30, end: 45, repeats: false },
  ];
  clip.append(segments, isWhole);
  return clip;
}

describe('the scenes of a clip', () => {
  test('segments that repeat another are one scene with it, encoded once', () => {
    const scenes = clipOf(true).scenes();
    assert.deepEqual(spans(scenes), [
      [0, 30],
      [30, 45],
    ]);
    assert.deepEqual(scenes[0]?.encoded, { start: 0, end: 10 });
  });

  test('what is not cut yet comes as even stretches', () => {
    const scenes = scenesWithin(clipOf(false), { start: 0, end: 85 }, 20);
    assert.deepEqual(spans(scenes), [
      [0, 30],
      [30, 45],
      [45, 65],
      [65, 85],
    ]);
    assert.equal(scenes.at(-1)?.number, undefined);
  });

  test('a part has the scenes within it, and pieces of those at its edges', () => {
    const scenes = scenesWithin(clipOf(true), { start: 35, end: 40 }, 20);
    assert.deepEqual(spans(scenes), [[35, 40]]);
    assert.equal(scenes[0]?.number, undefined, 'it is not the whole segment that is encoded');
  });
});

describe('times', () => {
  test('are written as people write them', () => {
    assert.equal(clock(0), '0:00');
    assert.equal(clock(750.9), '12:30');
    assert.equal(clock(3723), '1:02:03');
  });

  test("stand in front of a part's tokens, in the template's words", () => {
    const tokens = { data: Float32Array.of(1, 2), count: 2, width: 1 };
    const { parts } = withTimeMark(tokens, { start: 750, end: 768 }, 'From {start} to {end}: ');
    assert.deepEqual(parts, [{ text: 'From 12:30 to 12:48: ' }, { rows: 2 }]);
    assert.equal(withTimeMark(tokens, { start: 0, end: 1 }, ''), tokens);
  });
});

describe('the part of a clip that a request is about', () => {
  const facts = { duration: 60, width: 1, height: 1, format: 'mov' };
  test('is all of it where nothing is said', () => {
    assert.equal(partWithin({}, facts), undefined);
    assert.equal(partWithin({ start: 0, end: 60 }, facts), undefined);
  });
  test('ends where the clip does', () => {
    assert.deepEqual(partWithin({ start: 50, end: 90 }, facts), { start: 50, end: 60 });
    assert.deepEqual(partWithin({ end: 5 }, facts), { start: 0, end: 5 });
  });
  test('is refused where it is empty', () => {
    for (const bounds of [{ start: 60 }, { start: 5, end: 5 }, { start: 9, end: 2 }]) {
      const refused = (error: unknown) => error instanceof AppError && error.code === 'invalid_request';
      assert.throws(() => partWithin(bounds, facts), refused);
    }
  });
});
