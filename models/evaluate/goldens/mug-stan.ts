import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openBranch } from '#models/convert/branch.ts';
import { towerName } from '#models/convert/names.ts';
import { joinWeights, weightsOf } from '#models/convert/weight-source.ts';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import { type TensorFile, toBigInt64, toFloat32 } from '#models/formats/tensor-data.ts';
import { at } from '#core/at.ts';
import { toFloat } from '#models/graph/ops/elementwise.ts';
import { reshape } from '#models/graph/ops/movement.ts';
import { compile, type FeedTensor } from '#models/graph/run.ts';
import { constant, type DType, input, integers, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { textEmbedding, textTokens, visionTower } from '#models/nets/clip.ts';
import { type MugConfig, mug } from '#models/nets/mug.ts';
import { flattenState, type StanConfig, stanBranch } from '#models/nets/stan.ts';
import { frameEmbeddings, fuse, layersForTap } from '#models/nets/video-tokens.ts';
import { WeightSet, scope } from '#models/nets/weights.ts';
import { type Comparison, maxDifference } from './comparison.ts';
import { type GoldenConfig, readGoldenConfig, textConfig, tolerance, towerConfig } from './config.ts';
import { valuesFor } from './values-for.ts';

/** The files a folder must have for this comparison. */
export function hasMugStanGoldens(dir: string): boolean {
  return ['config.json', 'clip.safetensors', 'mug_stan.pth', 'expected.safetensors'].every((file) =>
    existsSync(join(dir, file)),
  );
}

/** Computes every output of `expected.safetensors` with our nets on the folder's weights. */
export async function compareMugStan(dir: string): Promise<Comparison[]> {
  const config = await readGoldenConfig(dir);
  const [clip, stan, expected] = await Promise.all([
    openSafetensors(join(dir, 'clip.safetensors')),
    openBranch(join(dir, 'mug_stan.pth')),
    openSafetensors(join(dir, 'expected.safetensors')),
  ]);
  try {
    // CLIP as published, the branch from the checkpoint: what plugging it into a frozen tower means
    const weights = joinWeights(weightsOf(clip, towerName), stan.weights);
    const outputs = await goldenGraph(config, expected, stan.config);
    const wanted = Object.fromEntries(Object.entries(outputs).filter(([name]) => expected.has(name)));
    const graph = await compile(wanted, await valuesFor(wanted, weights));
    const results = await graph.run(await feeds(expected));
    await graph.release();
    return Promise.all(
      Object.entries(results).map(async ([output, actual]) => ({
        output,
        difference: maxDifference(actual, toFloat32(await expected.read(output))),
        tolerance,
      })),
    );
  } finally {
    await Promise.all([clip, stan, expected].map((file) => file.close()));
  }
}

async function goldenGraph(
  config: GoldenConfig,
  expected: TensorFile,
  stan: StanConfig,
): Promise<Record<string, Tensor>> {
  const [clips, frames, , height, width] = expected.info('pixel_values').shape;
  if (clips === undefined || frames === undefined || height === undefined || width === undefined) {
    throw new Error('pixel_values is not [B, T, 3, H, W]');
  }
  const tower = towerConfig(config);
  const text = textConfig(config);
  const joint = config.vision.projection_dim;
  const weights = new WeightSet().get;
  const leaf = (name: string, dtype: DType = 'float32'): Tensor =>
    input(name, expected.info(name).shape, dtype);
  const pixels = reshape(leaf('pixel_values'), [clips * frames, 3, height, width]);
  const states = visionTower(scope(weights, 'vision_model'), pixels, tower);
  const positions = integers(Array.from({ length: frames }, (_, frame) => frame));
  const seen = { tower: states, clips, positions };
  const branch = stanBranch(weights, seen, tower, stan);
  const videos = frameEmbeddings(weights, seen, at(branch, stan.depth - 1), tower, joint);
  const tokens = textTokens(weights, leaf('input_ids', 'int64'), text, joint);
  const texts = textEmbedding(tokens, await endPlaces(expected));
  const mask = toFloat(leaf('text_mask', 'int64'));
  const count = sizeOf(texts, 0);
  const whole = reshape(texts, [count, 1, joint]);
  const kept = constant(new Array<number>(count).fill(1), [count, 1]);
  const base: MugConfig = { form: 'full', select: { kind: 'softmax' }, tau: config.mug_tau };
  const all: Record<string, Tensor> = {
    frame_embeds: videos,
    text_token_embeds: tokens,
    text_embeds: texts,
    'mug.mug_frame_token': mug(tokens, videos, mask, { ...base, paddingLeak: true }).similarity,
    'mug.mug_frame_token_simple': mug(tokens, videos, mask, { ...base, form: 'simple' }).similarity,
    'mug.mug_frame_text': mug(whole, videos, kept, base).similarity,
  };
  for (const tap of ['last', 'penultimate'] as const) {
    const layers = layersForTap(tap, tower, stan);
    const state = at(branch, layers.branch - 1);
    const towerState = at(states, layers.tower);
    const byClip = reshape(towerState, [clips, frames, ...towerState.shape.slice(1)]);
    all[`${tap}.clip_tokens`] = byClip;
    all[`plain.${tap}`] = byClip;
    all[`${tap}.stan_tokens`] = flattenState(state);
    all[`${tap}.video_tokens_sum`] = fuse(towerState, state, seen);
  }
  return all;
}

/** CLIP's end token has the highest id of all: its flattened place in each text. */
async function endPlaces(expected: TensorFile): Promise<Tensor> {
  const ids = toBigInt64(await expected.read('input_ids'));
  const [texts = 0, length = 0] = expected.info('input_ids').shape;
  const indices = Array.from({ length: texts }, (_, text) => {
    const row = Array.from(ids.subarray(text * length, (text + 1) * length), Number);
    return text * length + row.indexOf(Math.max(...row));
  });
  return integers(indices);
}

async function feeds(expected: TensorFile): Promise<Record<string, FeedTensor>> {
  const integer = async (name: string): Promise<FeedTensor> => ({
    data: toBigInt64(await expected.read(name)),
    shape: expected.info(name).shape,
  });
  return {
    pixel_values: {
      data: toFloat32(await expected.read('pixel_values')),
      shape: expected.info('pixel_values').shape,
    },
    input_ids: await integer('input_ids'),
    text_mask: await integer('text_mask'),
  };
}
