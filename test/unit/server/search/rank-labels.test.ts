import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rankLabels } from '#search/rank-labels.ts';

test('by hand: the mean over wordings, then softmax(tau s)', () => {
  const ranked = rankLabels(['left', 'right'], Float32Array.of(0.1, 0.3, 0.5, 0.7), 5);
  assert.deepEqual(
    ranked.map(({ label }) => label),
    ['right', 'left'],
  );
  assert.ok(Math.abs(ranked[0]!.similarity - 0.6) < 1e-6);
  assert.ok(Math.abs(ranked[0]!.score - 1 / (1 + Math.exp(-2))) < 1e-6);
});

test('scores are shares of 1 in the order of the similarities, however sharp tau is', () => {
  const similarities = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(similarities, fc.constantFrom(1, 100, 10_000), (all, tau) => {
      const labels = all.map((_, index) => `${index}`);
      const ranked = rankLabels(labels, Float32Array.from(all), tau);
      assert.deepEqual(ranked.map(({ label }) => label).sort(), labels.sort());
      const total = ranked.reduce((sum, { score }) => sum + score, 0);
      assert.ok(Math.abs(total - 1) < 1e-9);
      for (const [index, { score, similarity }] of ranked.slice(1).entries()) {
        assert.ok(score <= ranked[index]!.score && score >= 0);
        assert.ok(similarity <= ranked[index]!.similarity || score === ranked[index]!.score);
      }
    }),
  );
});
