import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inOrder } from '#engine/media/frame-order.ts';

const countTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('eight frames in each order', () => {
  const frames = countTo(8);
  assert.deepEqual(inOrder(frames, 'forward'), frames);
  assert.deepEqual(inOrder(frames, 'reverse'), [7, 6, 5, 4, 3, 2, 1, 0]);
  assert.deepEqual(inOrder(frames, 'shuffle'), [4, 1, 6, 3, 0, 5, 2, 7]);
});

test('no frame is lost or shown twice; from four on, no two neighbours stay together', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 64 }), (count) => {
      const shuffled = inOrder(countTo(count), 'shuffle');
      assert.deepEqual(
        shuffled.toSorted((a, b) => a - b),
        countTo(count),
      );
      if (count < 4) return;
      const steps = shuffled.slice(1).map((frame, index) => Math.abs(frame - (shuffled[index] ?? frame)));
      assert.ok(Math.min(...steps) > 1, `${shuffled}`);
    }),
  );
});
