import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aheadOf } from '#engine/segments/ahead.ts';

/** Parts of so many seconds, one after the other. */
function parts(count: number, seconds: number, start = 0) {
  return Array.from({ length: count }, (_, i) => ({
    start: start + i * seconds,
    end: start + (i + 1) * seconds,
  }));
}

describe('parts that one process decodes', () => {
  test('are all where they are few and near', () => {
    assert.deepEqual(aheadOf(parts(5, 4)), parts(5, 4));
    assert.deepEqual(aheadOf([]), []);
  });

  test('end where a machine would be busy for too long', () => {
    assert.equal(aheadOf(parts(100, 2)).length, 24);
    assert.equal(aheadOf(parts(100, 20)).length, 6);
    assert.equal(aheadOf(parts(1, 500)).length, 1);
  });

  test('end where it is less work to seek than to decode what lies between', () => {
    assert.deepEqual(aheadOf([...parts(3, 4), ...parts(3, 4, 40)]), parts(3, 4));
  });
});
