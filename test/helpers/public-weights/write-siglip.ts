import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialValue } from '#models/train/initialise.ts';
import type { NetWeights } from '#bench/public-weights/net-weights.ts';
import { writeTensors } from '#bench/public-weights/write-files.ts';

/** Small, and no two sizes alike that a mistake could swap. */
export const tinySiglip = {
  width: 12,
  vision: { layers: 3, heads: 3, mlpWidth: 20, imageSize: 12, patchSize: 4 },
  text: { layers: 2, heads: 2, mlpWidth: 16, vocabulary: 30, context: 6 },
} as const;

type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

const { width, vision, text } = tinySiglip;

function layers(scope: string, count: number, mlpWidth: number): Shapes {
  return Array.from({ length: count }, (_, layer) => {
    const i = `${scope}.encoder.layers.${layer}`;
    return [
      ...affine(`${i}.layer_norm1`),
      ...affine(`${i}.layer_norm2`),
      ...['q', 'k', 'v', 'out'].flatMap((part) => affine(`${i}.self_attn.${part}_proj`, width, width)),
      ...mlp(`${i}.mlp`, mlpWidth),
    ];
  }).flat();
}

/** A linear layer's weight [out, in] and bias, or a norm's. */
function affine(name: string, out: number = width, ...inputs: readonly number[]): Shapes {
  return [
    [`${name}.weight`, [out, ...inputs]],
    [`${name}.bias`, [out]],
  ];
}

function mlp(name: string, hidden: number): Shapes {
  return [...affine(`${name}.fc1`, hidden, width), ...affine(`${name}.fc2`, width, hidden)];
}

/** All weights of a SiglipModel, by Hugging Face's names. */
const shapes: Shapes = [
  ...affine('vision_model.embeddings.patch_embedding', width, 3, vision.patchSize, vision.patchSize),
  ['vision_model.embeddings.position_embedding.weight', [(vision.imageSize / vision.patchSize) ** 2, width]],
  ...layers('vision_model', vision.layers, vision.mlpWidth),
  ...affine('vision_model.post_layernorm'),
  ['vision_model.head.probe', [1, 1, width]],
  ['vision_model.head.attention.in_proj_weight', [3 * width, width]],
  ['vision_model.head.attention.in_proj_bias', [3 * width]],
  ...affine('vision_model.head.attention.out_proj', width, width),
  ...affine('vision_model.head.layernorm'),
  ...mlp('vision_model.head.mlp', vision.mlpWidth),
  ['text_model.embeddings.token_embedding.weight', [text.vocabulary, width]],
  ['text_model.embeddings.position_embedding.weight', [text.context, width]],
  ...layers('text_model', text.layers, text.mlpWidth),
  ...affine('text_model.final_layer_norm'),
  ...affine('text_model.head', width, width),
  ['logit_scale', [1]],
  ['logit_bias', [1]],
];

/** Random weights of which none is silent: norms, biases and tables are moved from where they start. */
export function drawn(name: string, shape: readonly number[], seed: number): Float32Array {
  return initialValue(name, shape, seed).map(
    (value, index) => value + 0.3 * Math.sin(seed + index * 1.7 + name.length),
  );
}

export function randomSiglip(seed: number): NetWeights {
  return new Map(shapes.map(([name, shape]) => [name, { shape, data: drawn(name, shape, seed) }]));
}

/** A SigLIP as Hugging Face has it: one file of weights and a configuration that leaves the usual out. */
export async function writeSiglipFolder(dir: string, weights: NetWeights): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeTensors(join(dir, 'model.safetensors'), weights);
  const stated = (part: typeof vision | typeof text) => ({
    num_hidden_layers: part.layers,
    num_attention_heads: part.heads,
  });
  const config = { model_type: 'siglip', vision_config: stated(vision), text_config: stated(text) };
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
}
