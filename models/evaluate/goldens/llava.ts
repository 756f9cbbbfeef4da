import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mmprojNames } from '#models/convert/names.ts';
import { type GgufFile, openGguf } from '#models/formats/gguf/read.ts';
import { compile } from '#models/graph/run.ts';
import { slice } from '#models/graph/ops/movement.ts';
import { input, integers, sizeOf } from '#models/graph/tensor.ts';
import { type TowerConfig, visionTower } from '#models/nets/clip.ts';
import { project } from '#models/nets/projector.ts';
import { plainTokens } from '#models/nets/video-tokens.ts';
import { WeightSet, scope } from '#models/nets/weights.ts';
import { normalizePixels } from '#models/package/preprocess.ts';
import { type Comparison, maxDifference } from './comparison.ts';

/** llama.cpp rounds activations on its way; this is what its own precisions differ by. */
const tolerance = 2e-3;

const positions = 'vision_model.embeddings.position_embedding.weight';

/** The same weights, named as newer converters do and as llama.cpp's script for LLaVA does. */
const forms = ['mmproj.gguf', 'mmproj-swapped.gguf'] as const;

export function hasLlavaGoldens(dir: string): boolean {
  return ['mmproj.gguf', 'image.rgb', 'embd.f32'].every((file) => existsSync(join(dir, file)));
}

/**
 * A picture through the mmproj's tower and projector, beside llama.cpp's own embeddings of it.
 *
 * llama.cpp's graph (tools/mtmd/models/llava.cpp) is not quite CLIP's: it lays CLS behind the patches but reads the
 * position table from the front, then hands on all rows but the first; and it applies the post-norm wherever the file
 * has one. Attention does not mind the order, so that is CLIP with its position table turned by one row.
 */
export async function compareLlava(dir: string): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const file of forms.filter((name) => existsSync(join(dir, name)))) {
    const difference = await differenceOf(dir, file);
    comparisons.push({ output: file === 'mmproj.gguf' ? 'embd' : `${file}.embd`, difference, tolerance });
  }
  return comparisons;
}

async function differenceOf(dir: string, file: string): Promise<number> {
  const mmproj = await openGguf(join(dir, file));
  try {
    const weights = new Map<string, Float32Array>();
    const rename = mmprojNames(mmproj.tensors);
    for (const name of mmproj.tensors.keys()) {
      const own = rename(name);
      if (own !== undefined) weights.set(own, await mmproj.readFloats(name));
    }
    const tower = towerConfig(mmproj);
    const get = new WeightSet().get;
    const { imageSize } = tower;
    const states = visionTower(
      scope(get, 'vision_model'),
      input('pixels', [1, 3, imageSize, imageSize]),
      tower,
    );
    const tokens = plainTokens(get, { tower: states, clips: 1, positions: integers([0]) }, tower, {
      tap: 'penultimate',
      tapNorm: mmproj.tensors.has('v.post_ln.weight') ? 'post' : 'none',
      fusion: 'sum',
      cls: 'last',
    });
    const handedOn = slice(tokens, 1, 1, sizeOf(tokens, 1));
    const kind = mmproj.tensors.has('mm.2.weight') ? 'mlp' : 'linear';
    const width = mmproj.number('clip.vision.projection_dim');
    const graph = await compile({ embeddings: project(get, handedOn, { kind, width }) }, (name) => {
      const values = weights.get(name);
      if (values === undefined) throw new Error(`${file} lacks ${name}`);
      return name === positions ? turnedByOneRow(values, tower.width) : values;
    });
    const rgb = new Uint8Array(await readFile(join(dir, 'image.rgb')));
    const [mean, std] = [triple(mmproj, 'clip.vision.image_mean'), triple(mmproj, 'clip.vision.image_std')];
    const pixels = normalizePixels([rgb], { imageSize, mean, std });
    const { embeddings } = await graph.run({
      pixels: { data: pixels, shape: [1, 3, imageSize, imageSize] },
    });
    await graph.release();
    const expected = await readFile(join(dir, 'embd.f32'));
    const reference = new Float32Array(new Uint8Array(expected).buffer);
    return maxDifference(embeddings, reference);
  } finally {
    await mmproj.close();
  }
}

function turnedByOneRow(table: Float32Array, width: number): Float32Array {
  const turned = new Float32Array(table.length);
  turned.set(table.subarray(table.length - width));
  turned.set(table.subarray(0, table.length - width), width);
  return turned;
}

function towerConfig(mmproj: GgufFile): TowerConfig {
  const vision = (key: string): number => mmproj.number(`clip.vision.${key}`);
  return {
    width: vision('embedding_length'),
    heads: vision('attention.head_count'),
    mlpWidth: vision('feed_forward_length'),
    layers: vision('block_count'),
    epsilon: vision('attention.layer_norm_epsilon'),
    imageSize: vision('image_size'),
    patchSize: vision('patch_size'),
  };
}

function triple(mmproj: GgufFile, key: string): [number, number, number] {
  const list = mmproj.metadata.get(key);
  const [a, b, c] = list?.type === 'array' ? list.values.map(Number) : [];
  if (a === undefined || b === undefined || c === undefined) throw new Error(`mmproj.gguf lacks ${key}`);
  return [a, b, c];
}
