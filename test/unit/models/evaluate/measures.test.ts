import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accuracyOf } from '#models/evaluate/accuracy.ts';
import { RidgeKernel, solvePositive } from '#models/evaluate/ridge.ts';
import { randomFrom } from '#models/world/random.ts';

test('three right of four is 0.75, give or take sqrt(0.75 * 0.25 / 4)', () => {
  const { right, asked, share, standardError } = accuracyOf([true, true, false, true]);
  assert.deepEqual([right, asked, share], [3, 4, 0.75]);
  assert.ok(Math.abs(standardError - 0.2165) < 1e-4);
});

test('a system by hand: [[4, 2], [2, 3]] x = [8, 7]', () => {
  const [x, y] = solvePositive(
    [Float64Array.of(4, 2), Float64Array.of(2, 3)],
    [Float64Array.of(8), Float64Array.of(7)],
  );
  assert.ok(Math.abs(x![0]! - 1.25) < 1e-12 && Math.abs(y![0]! - 1.5) < 1e-12);
  assert.throws(() => solvePositive([Float64Array.of(-1)], [Float64Array.of(1)]), /not positive definite/);
});

test('a weak ridge finds a linear map again, and a strong one gives the mean', () => {
  fc.assert(
    fc.property(fc.nat(1e6), (seed) => {
      const random = randomFrom(seed);
      const features = Array.from({ length: 12 }, () =>
        Float32Array.from({ length: 3 }, () => random.uniform(-1, 1)),
      );
      const truth = (row: Float32Array): number => 2 * row[0]! - row[1]! + 0.5;
      const targets = features.map((row) => [truth(row)]);
      const kernel = new RidgeKernel(features);
      const weak = kernel.fit(targets, 1e-9);
      const fresh = Float32Array.from({ length: 3 }, () => random.uniform(-1, 1));
      assert.ok(Math.abs(weak(kernel.near(fresh))[0]! - truth(fresh)) < 1e-3);
      const strong = kernel.fit(targets, 1e9);
      const mean = targets.reduce((total, [value]) => total + value!, 0) / targets.length;
      assert.ok(Math.abs(strong(kernel.near(fresh))[0]! - mean) < 1e-3);
    }),
    { numRuns: 30 },
  );
});
