import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createScorer } from '#engine/retrieval/create-scorer.ts';
import { retrievalOf } from '#engine/retrieval/retrieval-of.ts';
import { SimilarityScorer } from '#cli/eval/similarity-scorer.ts';
import { loadPackage } from '#models/package/load.ts';
import type { Matching } from '#models/package/manifest.ts';
import { randomFrom } from '#models/world/random.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

/** `eval retrieval --mug FORM` */
describe('the form of Mug that an evaluation names', async () => {
  const modelPackage = await loadPackage(smallPackage);
  const { width } = retrievalOf(modelPackage.manifest);
  const random = randomFrom('frames');
  const frames = {
    data: Float32Array.from({ length: 6 * width }, () => random.uniform(-1, 1)),
    count: 6,
    width,
  };
  const clip = { stan: frames, plain: frames };

  async function similarity(mug?: Matching): Promise<number> {
    const scorer = await SimilarityScorer.load(modelPackage, mug);
    try {
      const texts = await scorer.embedTexts(['a red ball moves to the left']);
      return (await scorer.similarities('mug-stan', texts, [clip])).data[0] ?? Number.NaN;
    } finally {
      await scorer.dispose();
    }
  }

  async function scored(matching: Matching): Promise<number> {
    const scorer = await SimilarityScorer.load(modelPackage);
    const own = await createScorer({ ...retrievalOf(modelPackage.manifest), matching });
    try {
      const texts = await scorer.embedTexts(['a red ball moves to the left']);
      return (await own.similarities(texts, [frames]))[0] ?? Number.NaN;
    } finally {
      await scorer.dispose();
      await own.dispose();
    }
  }

  test('counts, and without one the package’s own', async () => {
    const forms = [{ form: 'full' }, { form: 'simple' }, { form: 'top-k', k: 2 }] as const;
    const found: number[] = [];
    for (const form of forms) {
      found.push(await similarity(form));
      assert.equal(found.at(-1), await scored(form));
    }
    assert.equal(new Set(found).size, forms.length);
    assert.equal(await similarity(), found[0]);
  });
});
