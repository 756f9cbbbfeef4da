import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { reshape } from '#models/graph/ops/movement.ts';
import { compile } from '#models/graph/run.ts';
import { type Dim, input, type Tensor } from '#models/graph/tensor.ts';
import { visionTower } from '#models/nets/clip.ts';
import { type BranchInput, stanBranch } from '#models/nets/stan.ts';
import { frameEmbeddings, plainTokens, type TokenConfig, videoTokens } from '#models/nets/video-tokens.ts';
import { type Weights, WeightSet, scope } from '#models/nets/weights.ts';
import { initialValue } from '#models/train/initialise.ts';

const tower = { width: 8, heads: 2, mlpWidth: 16, layers: 3, epsilon: 1e-5, imageSize: 8, patchSize: 4 };
const stan = { depth: 2, interval: 1, temporal: 'attention', maxFrames: 6 } as const;
const tokens: TokenConfig = { tap: 'last', tapNorm: 'none', fusion: 'sum', cls: 'first' };
const cells = 3 * 8 * 8;

/** Every weight drawn, also those that start at zero; a time table that tells places apart. */
function trained(name: string, shape: readonly number[]): Float32Array {
  const drawn = initialValue(name.replace('temporal_fc', 'trained').replace('.bias', '.offset'), shape, 3);
  return name === 'stan.time_embed.weight' ? drawn.map((value) => value * 50) : drawn;
}

/** As trained, with the time table silent. */
function timeless(name: string, shape: readonly number[]): Float32Array {
  return name === 'stan.time_embed.weight' ? trained(name, shape).fill(0) : trained(name, shape);
}

type Outputs = Record<'video' | 'plain' | 'frames', Float32Array>;

/** Runs a net on one clip of frames drawn from seeds; `T` is a size known only when the net is run, unless given. */
async function encode(
  frames: readonly number[],
  values: (name: string, shape: readonly number[]) => Float32Array,
  count: Dim = 'T',
): Promise<Outputs> {
  const set = new WeightSet();
  const graph = await compile(
    netOutputs(set.get, {
      tower: visionTower(scope(set.get, 'vision_model'), input('pixels', [count, 3, 8, 8]), tower),
      clips: 1,
      positions: input('positions', [count], 'int64'),
    }),
    (name) => values(name, set.tensors.get(name)!.shape.map(Number)),
    { threads: 1 },
  );
  const pixels = frames.flatMap((seed) =>
    Array.from({ length: cells }, (_, index) => Math.sin((seed + 1) * index + seed)),
  );
  const results = await graph.run({
    pixels: { data: Float32Array.from(pixels), shape: [frames.length, 3, 8, 8] },
    positions: { data: BigInt64Array.from(frames, (_, index) => BigInt(index)), shape: [frames.length] },
  });
  await graph.release();
  return results as Outputs;
}

function netOutputs(weights: Weights, seen: BranchInput): Record<keyof Outputs, Tensor> {
  const last = stanBranch(weights, seen, tower, stan).at(-1)!;
  const embeddings = frameEmbeddings(weights, seen, last, tower, 5);
  return {
    video: videoTokens(weights, seen, tower, stan, tokens),
    plain: plainTokens(weights, seen, tower, tokens),
    frames: reshape(embeddings, [embeddings.shape[1]!, 5]),
  };
}

function distance(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

const clip = fc.uniqueArray(fc.nat(40), { minLength: 2, maxLength: 6 });
const fewRuns = { numRuns: 5 };

describe('the branch and the order of frames', () => {
  test('plain tokens know no order', async () => {
    await fc.assert(
      fc.asyncProperty(clip, async (frames) => {
        const [one, other] = [await encode(frames, trained), await encode(frames.toReversed(), trained)];
        assert.ok(distance(one.plain, other.plain) < 1e-5);
      }),
      fewRuns,
    );
  });

  test('the time table alone carries it: silent, permuted frames give the same tokens and permuted embeddings', async () => {
    await fc.assert(
      fc.asyncProperty(clip, async (frames) => {
        const [one, other] = [await encode(frames, timeless), await encode(frames.toReversed(), timeless)];
        assert.ok(distance(one.video, other.video) < 1e-4);
        frames.forEach((_, index) => {
          const mirrored = frames.length - 1 - index;
          const row = (all: Float32Array, i: number) => all.slice(i * 5, (i + 1) * 5);
          assert.ok(distance(row(one.frames, index), row(other.frames, mirrored)) < 1e-4);
        });
      }),
      fewRuns,
    );
  });

  test('with it, the same frames backwards are another clip', async () => {
    const [one, other] = [await encode([3, 1, 4], trained), await encode([4, 1, 3], trained)];
    assert.ok(distance(one.video, other.video) > 1e-2);
  });
});

describe('a number of frames known only when the net is run', () => {
  test('gives what the same number known before gives, down to a single frame', async () => {
    for (let count = 1; count <= 6; count++) {
      const frames = Array.from({ length: count }, (_, index) => index * 7);
      const [open, fixed] = [await encode(frames, trained), await encode(frames, trained, count)];
      for (const name of ['video', 'plain', 'frames'] as const)
        assert.ok(distance(open[name], fixed[name]) < 1e-5, `${name} of ${count}`);
    }
  });

  test('more frames than the time table has rows are an error, not a wrong answer', async () => {
    await assert.rejects(encode([0, 1, 2, 3, 4, 5, 6], trained));
  });
});
