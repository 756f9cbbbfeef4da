import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { groupScenes } from '#engine/segments/chapters.ts';
import { findCopies, type FrameSequence } from '#engine/segments/copies.ts';
import { findMoments, type Moment } from '#engine/segments/moments.ts';

/** Scenes of 5 s with these scores. */
const scenesOf = (scores: readonly number[]): Moment[] =>
  scores.map((score, i) => ({ start: 5 * i, end: 5 * i + 5, score }));

describe('moments', () => {
  test('are contiguous runs around the peaks, the best first', () => {
    const found = findMoments(scenesOf([0, 0.1, 0.4, 0.9, 0.85, 0.1, 0, 0.5, 0.1]), 2);
    assert.deepEqual(found, [
      { start: 15, end: 25, score: 0.9 },
      { start: 35, end: 40, score: 0.5 },
    ]);
  });

  test('do not reach over a gap', () => {
    const scenes = [
      { start: 0, end: 5, score: 0.9 },
      { start: 9, end: 14, score: 0.9 },
      { start: 14, end: 19, score: 0 },
      { start: 19, end: 24, score: 0 },
    ];
    assert.deepEqual(findMoments(scenes, 1), [scenes[0]]);
  });

  test('never overlap, and the first has the highest score', () => {
    const scores = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 1, max: 8 }), (list, k) => {
        const found = findMoments(scenesOf(list), k);
        assert.ok(found.length <= k);
        if (list.length > 0) assert.equal(found[0]?.score, Math.max(...list));
        const sorted = found.toSorted((a, b) => a.start - b.start);
        for (const [i, { start }] of sorted.entries())
          assert.ok(i === 0 || start >= (sorted[i - 1]?.end ?? 0));
      }),
    );
  });
});

describe('chapters', () => {
  test('keep the borders where the clip changes most', () => {
    const angles = [0, 0.05, 0.1, 1.4, 1.5, 3];
    const scenes = angles.map((angle, i) => ({
      start: 10 * i,
      end: 10 * i + 10,
      direction: Float32Array.of(Math.cos(angle), Math.sin(angle)),
    }));
    const chapters = groupScenes(scenes, 3);
    assert.deepEqual(
      chapters.map(({ start, end }) => [start, end]),
      [
        [0, 30],
        [30, 50],
        [50, 60],
      ],
    );
  });
});

describe('copies', () => {
  /** Frames of random directions, one every two seconds. */
  const sequence = (rows: readonly (readonly number[])[], start = 0): FrameSequence => {
    const width = rows[0]?.length ?? 0;
    const data = Float32Array.from(rows.flat());
    return { frames: { data, count: rows.length, width }, times: rows.map((_, i) => start + 2 * i) };
  };
  const direction = (seed: number): number[] =>
    Array.from({ length: 16 }, (_, i) => Math.sin(seed * 12.9 + i * seed * 7.3));
  const clip = (from: number, count: number) => Array.from({ length: count }, (_, i) => direction(from + i));

  test('a stretch of one clip in another is found with its times', () => {
    const other = sequence([...clip(1000, 20), ...clip(5, 10), ...clip(2000, 20)]);
    const [found, more] = findCopies(sequence(clip(1, 20)), other);
    assert.equal(more, undefined);
    assert.deepEqual([found?.start, found?.end, found?.otherStart, found?.otherEnd], [8, 26, 40, 58]);
  });

  test('clips that have nothing in common have none', () => {
    assert.deepEqual(findCopies(sequence(clip(1, 40)), sequence(clip(5000, 40))), []);
  });

  test('a still picture in both is no copy: it matches at every distance', () => {
    const still = sequence(Array.from({ length: 1 }, () => direction(3)));
    assert.deepEqual(findCopies(sequence(Array.from({ length: 20 }, () => direction(3))), still), []);
  });
});
