import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confidenceCurve, matchCutOff } from '#models/evaluate/calibration.ts';

test('the curve rises and tells how often answers with a signal were right', () => {
  // right as often as the signal says
  const samples = Array.from({ length: 1000 }, (_, i) => ({
    probability: i / 1000,
    right: (i * 617) % 1000 < i,
  }));
  const { points } = confidenceCurve(samples);
  for (const [i, { probability, right }] of points.entries()) {
    assert.ok(Math.abs(right - probability) < 0.15, `${probability}: ${right}`);
    assert.ok(right > (points[i - 1]?.right ?? -1));
  }
});

test('a signal that tells nothing gives one value, and too few answers none', () => {
  const samples = Array.from({ length: 400 }, (_, i) => ({ probability: i / 400, right: i < 200 }));
  assert.deepEqual(
    confidenceCurve(samples).points.map(({ right }) => right),
    [0.5],
  );
  assert.throws(() => confidenceCurve(samples.slice(0, 5)), RangeError);
});

test('the cut-off keeps matches and leaves the others out', () => {
  const cutOff = matchCutOff([0.5, 0.6, 0.7, 0.2], [0.1, 0.3, 0.4]);
  assert.equal(cutOff, 0.5);
});
