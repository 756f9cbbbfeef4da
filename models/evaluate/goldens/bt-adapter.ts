import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openBranch } from '#models/convert/branch.ts';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import { toFloat32 } from '#models/formats/tensor-data.ts';
import { dimOf, input, integers, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { reshape } from '#models/graph/ops/movement.ts';
import { mean } from '#models/graph/ops/reduce.ts';
import { compile } from '#models/graph/run.ts';
import { type TowerConfig, visionTower } from '#models/nets/clip.ts';
import type { StanConfig } from '#models/nets/stan.ts';
import { type TokenConfig, videoTokens } from '#models/nets/video-tokens.ts';
import { WeightSet, scope } from '#models/nets/weights.ts';
import { type Comparison, maxDifference } from './comparison.ts';
import { readGoldenConfig, tolerance, towerConfig } from './config.ts';
import { valuesFor } from './values-for.ts';

const checkpoint = 'btadapter.pth';
const references = ['btadapter_expected.safetensors', 'btadapter_short_expected.safetensors'];
const output = 'video_tokens_penultimate';

const tokens: TokenConfig = { tap: 'penultimate', tapNorm: 'none', fusion: 'mean', cls: 'last' };

export function hasAdapterGoldens(dir: string): boolean {
  const has = (file: string): boolean => existsSync(join(dir, file));
  return has('config.json') && has(checkpoint) && references.some(has);
}

/** BT-Adapter's video tokens on each clip the folder holds: above the time table's rows, and at or below them. */
export async function compareAdapter(dir: string): Promise<Comparison[]> {
  const tower = towerConfig(await readGoldenConfig(dir));
  const branch = await openBranch(join(dir, checkpoint));
  try {
    const comparisons: Comparison[] = [];
    for (const file of references.filter((name) => existsSync(join(dir, name)))) {
      const expected = await openSafetensors(join(dir, file));
      try {
        const [pixels, reference] = [await expected.read('pixel_values'), await expected.read(output)];
        const outputs = { tokens: adapterTokens(pixels.shape, tower, branch.config) };
        const graph = await compile(outputs, await valuesFor(outputs, branch.weights));
        const { tokens } = await graph.run({ pixels: { data: toFloat32(pixels), shape: pixels.shape } });
        await graph.release();
        const difference = maxDifference(tokens, toFloat32(reference));
        comparisons.push({
          output: `${file.replace('_expected.safetensors', '')}.${output}`,
          difference,
          tolerance,
        });
      } finally {
        await expected.close();
      }
    }
    return comparisons;
  } finally {
    await branch.close();
  }
}

function adapterTokens(
  [frames = 0, ...picture]: readonly number[],
  tower: TowerConfig,
  stan: StanConfig,
): Tensor {
  const weights = new WeightSet().get;
  const states = visionTower(scope(weights, 'vision_model'), input('pixels', [frames, ...picture]), tower);
  // more frames than the time table has rows: the authors average neighbours, and then have no half to cut off
  const paired = frames > stan.maxFrames;
  const [seen, config] = paired
    ? [
        states.map(averagePairs),
        { ...stan, ...(stan.adapter && { adapter: { ...stan.adapter, cutsFrames: false } }) },
      ]
    : [states, stan];
  const positions = integers(Array.from({ length: paired ? frames / 2 : frames }, (_, frame) => frame));
  return videoTokens(weights, { tower: seen, clips: 1, positions }, tower, config, tokens);
}

/** [T, L+1, D] -> [T/2, L+1, D] */
function averagePairs(state: Tensor): Tensor {
  const [count, width] = [dimOf(state, 1), dimOf(state, 2)];
  const half = sizeOf(state, 0) / 2;
  return reshape(mean(reshape(state, [half, 2, count, width]), 1), [half, count, width]);
}
