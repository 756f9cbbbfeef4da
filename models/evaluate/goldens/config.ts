import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { TextConfig, TowerConfig } from '#models/nets/clip.ts';

/** How far our nets may be from the authors' modules; both compute in float32. */
export const tolerance = 1e-4;

const towerShape = z.object({
  hidden_size: z.int(),
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  intermediate_size: z.int(),
  projection_dim: z.int(),
  layer_norm_eps: z.number(),
});
const goldenConfig = z.object({
  stan_depth: z.int(),
  vision: towerShape.extend({ image_size: z.int(), patch_size: z.int() }),
  text: towerShape.extend({ vocab_size: z.int(), max_position_embeddings: z.int() }),
  mug_tau: z.number(),
});
export type GoldenConfig = z.infer<typeof goldenConfig>;

export async function readGoldenConfig(dir: string): Promise<GoldenConfig> {
  return goldenConfig.parse(JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')));
}

export function towerConfig({ vision }: GoldenConfig): TowerConfig {
  return { ...layerConfig(vision), imageSize: vision.image_size, patchSize: vision.patch_size };
}

export function textConfig({ text }: GoldenConfig): TextConfig {
  return { ...layerConfig(text), vocabulary: text.vocab_size, context: text.max_position_embeddings };
}

function layerConfig(config: z.infer<typeof towerShape>) {
  return {
    width: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    mlpWidth: config.intermediate_size,
    epsilon: config.layer_norm_eps,
  };
}
