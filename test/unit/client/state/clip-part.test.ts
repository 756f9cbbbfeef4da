import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { minPart, partSettings, spanBetween } from '#client/state/clip-part.ts';

describe('a part of a clip', () => {
  test('lies between two moments, whichever comes first', () => {
    assert.deepEqual(spanBetween(12.34, 3.21, 60), { start: 3.2, end: 12.4 });
    assert.deepEqual(spanBetween(-5, 99, 60.04), { start: 0, end: 60.04 });
    assert.equal(spanBetween(3, 3.5, 60), undefined);
  });

  test('is within the clip and long enough, wherever the moments lie', () => {
    const seconds = fc.double({ min: -100, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, fc.double({ min: 1, max: 7200, noNaN: true }), (a, b, duration) => {
        const span = spanBetween(a, b, duration);
        if (span === undefined) return;
        assert.ok(span.start >= 0 && span.end <= duration && span.end - span.start >= minPart);
      }),
    );
  });

  test('is what a request names; without one nothing', () => {
    const part = { videoId: 'a'.repeat(32), start: 1, end: 5 };
    assert.deepEqual(partSettings(part), { partOf: part.videoId, start: 1, end: 5 });
    assert.deepEqual(partSettings(undefined), {});
  });
});
