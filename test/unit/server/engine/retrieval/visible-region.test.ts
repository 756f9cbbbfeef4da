import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visibleRegion } from '#engine/retrieval/visible-region.ts';

test('what the square shows of a frame that is twice as wide as high', () => {
  const wide = { width: 200, height: 100 };
  assert.deepEqual(visibleRegion(wide, 'squash'), { left: 0, top: 0, width: 1, height: 1 });
  assert.deepEqual(visibleRegion(wide, 'crop'), { left: 0.25, top: 0, width: 0.5, height: 1 });
  assert.deepEqual(visibleRegion(wide, 'pad'), { left: 0, top: -0.5, width: 1, height: 2 });
});

test('and of one that is twice as high', () => {
  const high = { width: 100, height: 200 };
  assert.deepEqual(visibleRegion(high, 'crop'), { left: 0, top: 0.25, width: 1, height: 0.5 });
  assert.deepEqual(visibleRegion(high, 'pad'), { left: -0.5, top: 0, width: 2, height: 1 });
});
