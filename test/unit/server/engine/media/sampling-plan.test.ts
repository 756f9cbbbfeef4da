import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { framesShownAt, onePassIsFaster, segmentCentres } from '#engine/media/sampling-plan.ts';

test('centres are the middles of equal segments', () => {
  assert.deepEqual(segmentCentres({ start: 0, end: 8 }, 4), [1, 3, 5, 7]);
  assert.deepEqual(segmentCentres({ start: 2, end: 4 }, 1), [3]);
  assert.deepEqual(segmentCentres({ start: 0, end: 0 }, 3), [0, 0, 0]);
});

test('the frame shown is the last one that has prefill', () => {
  assert.deepEqual(framesShownAt([0, 1, 5, 6], [0.5, 1, 4.9, 5, 99]), [0, 1, 1, 2, 3]);
  assert.deepEqual(framesShownAt([2, 3], [0, 1]), [0, 0], 'before the first: the first');
});

test('shown frames agree with the definition, whatever the times', () => {
  const ascending = (minLength: number): fc.Arbitrary<number[]> =>
    fc
      .array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength, maxLength: 40 })
      .map((values) => values.sort((a, b) => a - b));
  fc.assert(
    fc.property(ascending(1), ascending(0), (times, seconds) => {
      const prefill = (second: number): number => times.filter((time) => time <= second).length;
      assert.deepEqual(
        framesShownAt(times, seconds),
        seconds.map((second) => Math.max(0, prefill(second) - 1)),
      );
    }),
  );
});

test('one pass for short clips and many frames, seeks for few frames far in', () => {
  const keyframeEach = (distance: number, length: number): boolean[] =>
    Array.from({ length }, (_, i) => i % distance === 0);
  assert.equal(onePassIsFaster(keyframeEach(250, 300), [18, 56, 93, 131, 168, 206, 243, 281]), true);
  assert.equal(onePassIsFaster(keyframeEach(30, 9000), [4500]), false);
  assert.equal(
    onePassIsFaster(keyframeEach(100_000, 9000), [4500, 4600]),
    true,
    'one keyframe at the start only',
  );
});
