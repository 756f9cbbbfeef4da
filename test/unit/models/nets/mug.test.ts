import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { constant } from '#models/graph/tensor.ts';
import { type MugConfig, mug } from '#models/nets/mug.ts';
import { evaluate } from '#test/helpers/reference-ops.ts';

type Vector = readonly number[];

const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, index) => sum + value * b[index]!, 0);
const unit = (a: Vector): Vector => a.map((value) => value / Math.sqrt(dot(a, a)));
const blend = (vectors: readonly Vector[], weights: readonly number[]): Vector =>
  vectors[0]!.map((_, axis) =>
    vectors.reduce((sum, vector, index) => sum + vector[axis]! * weights[index]!, 0),
  );

function weigh(scores: readonly number[], { select, tau }: MugConfig): number[] {
  if (select.kind === 'softmax') {
    const exps = scores.map((score) => Math.exp(tau * (score - Math.max(...scores))));
    return exps.map((value) => value / exps.reduce((a, b) => a + b));
  }
  const least = scores.toSorted((a, b) => b - a)[Math.min(select.k, scores.length) - 1]!;
  const chosen = scores.filter((score) => score >= least).length;
  return scores.map((score) => (score >= least ? 1 / chosen : 0));
}

/** The full form as docs/method.md section 4 says it, with the embeddings it speaks of; words are those not padded. */
function byTheBook(words: readonly Vector[], frames: readonly Vector[], config: MugConfig) {
  const seenByFrame = frames.map((v) =>
    blend(
      words,
      weigh(
        words.map((c) => dot(c, v)),
        config,
      ),
    ),
  );
  const w = weigh(
    frames.map((v, i) => dot(seenByFrame[i]!, v)),
    config,
  );
  const seenByWord = words.map((c) =>
    blend(
      frames,
      weigh(
        frames.map((v) => dot(c, v)),
        config,
      ),
    ),
  );
  const w2 = weigh(
    words.map((c, j) => dot(c, seenByWord[j]!)),
    config,
  );
  return { similarity: dot(blend(words, w2), blend(frames, w)), frameWeights: w };
}

/** The simple form likewise. Words are not padded: padding's rows of zeros belong to the authors' form. */
function simply(words: readonly Vector[], frames: readonly Vector[], config: MugConfig) {
  const t = words.map((c) => {
    const r = frames.map((v) => dot(c, v));
    return dot(r, weigh(r, config));
  });
  const u = frames.map((v) => {
    const r = words.map((c) => dot(c, v));
    return dot(r, weigh(r, config));
  });
  const w = weigh(u, config);
  return { similarity: (dot(t, weigh(t, config)) + dot(u, w)) / 2, frameWeights: w };
}

const width = 4;
const [most, clipCount] = [3, 2];
const vector = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: width, maxLength: width })
  .filter((values) => values.some((value) => value !== 0));
const some = (length: number) => fc.array(vector, { minLength: length, maxLength: length });
const drawn = fc.record({
  texts: fc.array(some(most), { minLength: 2, maxLength: 2 }),
  lengths: fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most })),
  clips: fc
    .integer({ min: 1, max: 4 })
    .chain((frames) => fc.array(some(frames), { minLength: clipCount, maxLength: clipCount })),
});

function assertAgrees(
  { texts, lengths, clips }: { texts: number[][][]; lengths: readonly number[]; clips: number[][][] },
  config: MugConfig,
): void {
  const frames = clips[0]!.length;
  const mask = lengths.flatMap((length) => Array.from({ length: most }, (_, word) => Number(word < length)));
  const scores = mug(
    constant(texts.flat(2), [texts.length, most, width]),
    constant(clips.flat(2), [clipCount, frames, width]),
    constant(mask, [texts.length, most]),
    config,
  );
  const [similarity, frameWeights] = [evaluate(scores.similarity, {}), evaluate(scores.frameWeights, {})];
  texts.forEach((text, a) => {
    clips.forEach((clip, b) => {
      const words = text.slice(0, lengths[a]).map(unit);
      const form = config.form === 'full' ? byTheBook : simply;
      const expected = form(words, clip.map(unit), config);
      const pair = a * clipCount + b;
      assert.ok(Math.abs(similarity.data[pair]! - expected.similarity) < 1e-9);
      expected.frameWeights.forEach((weight, frame) => {
        assert.ok(Math.abs(frameWeights.data[pair * frames + frame]! - weight) < 1e-9);
      });
    });
  });
}

describe('Mug beside the same written with vectors', () => {
  const tau = 10;
  test('full form, softmax, padding left out', () => {
    fc.assert(
      fc.property(drawn, (inputs) =>
        assertAgrees(inputs, { form: 'full', select: { kind: 'softmax' }, tau }),
      ),
      { numRuns: 25 },
    );
  });

  test('full form, the k best', () => {
    // whole numbers repeat: two frames alike tie, and rounding may part them in one of the two ways of counting
    const apart = drawn.filter(({ clips, texts }) =>
      [clips, texts].every(
        (all) => new Set(all.flat().map((v) => unit(v).join())).size === all.flat().length,
      ),
    );
    fc.assert(
      fc.property(apart, fc.integer({ min: 1, max: 5 }), (inputs, k) =>
        assertAgrees(inputs, { form: 'full', select: { kind: 'topk', k }, tau }),
      ),
      { numRuns: 25 },
    );
  });

  test('simple form', () => {
    const whole = drawn.map((inputs) => ({ ...inputs, lengths: [most, most] }));
    fc.assert(
      fc.property(whole, (inputs) =>
        assertAgrees(inputs, { form: 'simple', select: { kind: 'softmax' }, tau }),
      ),
      { numRuns: 25 },
    );
  });

  test('one frame and one word: the cosine, whatever the form', () => {
    const one = { texts: [[[3, 4, 0, 0]]], clips: [[[4, 3, 0, 0]]] };
    for (const form of ['full', 'simple'] as const) {
      const { similarity } = mug(
        constant(one.texts.flat(2), [1, 1, width]),
        constant(one.clips.flat(2), [1, 1, width]),
        constant([1], [1, 1]),
        { form, select: { kind: 'softmax' }, tau },
      );
      assert.ok(Math.abs(evaluate(similarity, {}).data[0]! - 0.96) < 1e-9);
    }
  });
});
