import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compile } from '#models/graph/run.ts';
import { constant, input, integers, type Tensor } from '#models/graph/tensor.ts';
import { visionTower } from '#models/nets/clip.ts';
import { type MugConfig, mug } from '#models/nets/mug.ts';
import { flattenState, type StanConfig, stanBranch } from '#models/nets/stan.ts';
import { plainTokens, type TokenConfig, videoTokens } from '#models/nets/video-tokens.ts';
import { type Weights, WeightSet, scope } from '#models/nets/weights.ts';
import { initialValue } from '#models/train/initialise.ts';

const tower = { width: 8, heads: 2, mlpWidth: 16, layers: 4, epsilon: 1e-5, imageSize: 8, patchSize: 4 };
const branch: StanConfig = { depth: 2, interval: 1, temporal: 'attention', maxFrames: 6 };
const tokens: TokenConfig = { tap: 'last', tapNorm: 'none', fusion: 'sum', cls: 'first' };
const frames = 3;
const pixels = Float32Array.from({ length: frames * 3 * 64 }, (_, index) => Math.sin(index * index));

/** Runs a net on one clip, with first values as a training run has them unless told otherwise. */
async function run(
  build: (weights: Weights, seen: { tower: Tensor[]; clips: number; positions: Tensor }) => Tensor,
  valuesFor: (name: string, shape: number[]) => Float32Array = (name, shape) => initialValue(name, shape, 1),
): Promise<Float32Array> {
  const set = new WeightSet();
  const states = visionTower(scope(set.get, 'vision_model'), input('pixels', [frames, 3, 8, 8]), tower);
  const seen = { tower: states, clips: 1, positions: integers([0, 1, 2]) };
  const y = build(set.get, seen);
  const graph = await compile({ y }, (name) => valuesFor(name, set.tensors.get(name)!.shape.map(Number)), {
    threads: 1,
  });
  const results = await graph.run({ pixels: { data: pixels, shape: [frames, 3, 8, 8] } });
  await graph.release();
  return results['y']!;
}

const lastState = (stan: StanConfig) => (weights: Weights, seen: Parameters<typeof stanBranch>[1]) =>
  flattenState(stanBranch(weights, seen, tower, stan).at(-1)!);

/** Every weight drawn, also those that start at zero. */
const trained = (name: string, shape: number[]): Float32Array =>
  initialValue(name.replace('temporal_fc', 'trained').replace('.bias', '.offset'), shape, 2).map(
    (v) => v * 0.5,
  );

describe('the STAN branch', () => {
  test('fresh, it mixes no frames, whatever its temporal module', async () => {
    const [none, ...others] = await Promise.all(
      (['none', 'attention', 'convolution'] as const).map((temporal) =>
        run(lastState({ ...branch, temporal })),
      ),
    );
    for (const other of others) assert.deepEqual(other, none);
  });

  test('trained, each temporal module mixes frames in its own way', async () => {
    const states = await Promise.all(
      (['none', 'attention', 'convolution'] as const).map((temporal) =>
        run(lastState({ ...branch, temporal }), trained),
      ),
    );
    for (const state of states) assert.ok(state.every(Number.isFinite));
    assert.notDeepEqual(states[0], states[1]);
    assert.notDeepEqual(states[1], states[2]);
  });

  test('reads other layers of the tower at interval 2, and refuses more than there are', async () => {
    assert.notDeepEqual(await run(lastState({ ...branch, interval: 2 })), await run(lastState(branch)));
    await assert.rejects(
      run(lastState({ ...branch, depth: 3, interval: 2 })),
      /3 layers at interval 2 do not fit/,
    );
  });

  test('a fusion that weighs both streams twice gives twice the tokens', async () => {
    const fused = (config: TokenConfig) =>
      run((weights, seen) => videoTokens(weights, seen, tower, branch, config), trained);
    const once = await fused(tokens);
    const twice = await fused({ ...tokens, fusionWeights: { tower: 2, branch: 2 } });
    const half = await fused({ ...tokens, fusion: 'mean' });
    once.forEach((value, index) => {
      assert.ok(Math.abs(twice[index]! - 2 * value) < 1e-4);
      assert.ok(Math.abs(half[index]! - value / 2) < 1e-4);
    });
  });

  test('a matched fusion has the direction of the sum and the length of the tower alone', async () => {
    const fused = (fusion: TokenConfig['fusion']) =>
      run((weights, seen) => videoTokens(weights, seen, tower, branch, { ...tokens, fusion }), trained);
    const plain = await run((weights, seen) => plainTokens(weights, seen, tower, tokens), trained);
    const [sum, matched] = await Promise.all([fused('sum'), fused('matched')]);
    const lengthOf = (all: Float32Array, start: number) =>
      Math.hypot(...all.subarray(start, start + tower.width));
    for (let start = 0; start < sum.length; start += tower.width) {
      const factor = lengthOf(plain, start) / lengthOf(sum, start);
      assert.ok(Math.abs(factor - 1) > 0.01);
      for (let i = start; i < start + tower.width; i++) {
        assert.ok(Math.abs(matched[i]! - factor * sum[i]!) < 1e-5);
      }
    }
  });

  test('CLS goes first, last or is left out', async () => {
    const laid = (cls: TokenConfig['cls']) =>
      run((weights, seen) => videoTokens(weights, seen, tower, branch, { ...tokens, cls }), trained);
    const [first, last, none] = await Promise.all([laid('first'), laid('last'), laid('none')]);
    const { width } = tower;
    assert.deepEqual(last, Float32Array.from([...first.slice(width), ...first.slice(0, width)]));
    assert.deepEqual(none, first.slice(width));
  });
});

describe('Mug', () => {
  const [texts, words, videos, width] = [2, 4, 3, 5];
  const score = async (config: Partial<MugConfig>, seed: number, mask: readonly number[], padding = 0) => {
    const numbers = (count: number, from: number) =>
      Array.from({ length: count }, (_, i) => Math.sin((i + from) * 1.7));
    const text = numbers(texts * words * width, seed).map((value, index) =>
      mask[Math.floor(index / width)] === 1 ? value : padding + value,
    );
    const base: MugConfig = { form: 'full', select: { kind: 'softmax' }, tau: 10 };
    const scores = mug(
      constant(text, [texts, words, width]),
      constant(numbers(videos * frames * width, seed + 99), [videos, frames, width]),
      constant(mask, [texts, words]),
      { ...base, ...config },
    );
    const graph = await compile({ ...scores }, () => new Float32Array(), { threads: 1 });
    const results = await graph.run({});
    await graph.release();
    return results as Record<keyof typeof scores, Float32Array>;
  };
  const forms: Partial<MugConfig>[] = [
    { form: 'full' },
    { form: 'simple' },
    { form: 'full', select: { kind: 'topk', k: 2 } },
  ];
  const mask = [1, 1, 0, 0, 1, 1, 1, 0];

  test('weights of frames and of words sum to 1, and padding has none', async () => {
    for (const form of forms) {
      const { frameWeights, wordWeights } = await score(form, 3, mask);
      for (let pair = 0; pair < texts * videos; pair++) {
        const total = (all: Float32Array, each: number) =>
          all.slice(pair * each, (pair + 1) * each).reduce((a, b) => a + b);
        assert.ok(Math.abs(total(frameWeights, frames) - 1) < 1e-5);
        assert.ok(Math.abs(total(wordWeights, words) - 1) < 1e-5);
        const text = Math.floor(pair / videos);
        for (let word = 0; word < words; word++) {
          if (mask[text * words + word] === 0) assert.equal(wordWeights[pair * words + word], 0);
        }
      }
    }
  });

  test('what stands in the padding changes no score', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...forms),
        fc.nat(50),
        fc.integer({ min: 1, max: 9 }),
        async (form, seed, padding) => {
          const [clean, dirty] = await Promise.all([
            score(form, seed, mask),
            score(form, seed, mask, padding),
          ]);
          clean.similarity.forEach((value, pair) => {
            assert.ok(Math.abs(value - dirty.similarity[pair]!) < 1e-5);
          });
        },
      ),
      { numRuns: 8 },
    );
  });
});
