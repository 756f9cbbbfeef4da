import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confidenceOf } from '#engine/language/confidence.ts';

const curve = {
  points: [
    { probability: 0.2, right: 0.1 },
    { probability: 0.6, right: 0.5 },
    { probability: 1, right: 0.9 },
  ],
};

test('confidence follows the calibration curve, linear between its points and constant outside them', () => {
  const values = [0.05, 0.2, 0.4, 0.8, 1].map((probability) => confidenceOf(probability, curve).value ?? -1);
  const expected = [0.1, 0.1, 0.3, 0.7, 0.9];
  for (const [i, value] of values.entries())
    assert.ok(Math.abs(value - (expected[i] ?? 0)) < 1e-9, `${value}`);
});

test('a package that was not calibrated says only what the signal is', () => {
  assert.deepEqual(confidenceOf(0.7, undefined), { signal: 'least-token-probability', probability: 0.7 });
});
