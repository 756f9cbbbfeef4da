import { z } from 'zod';
import { FormatError } from '../formats/format-error.ts';
import type { TextConfig, TowerConfig } from '../nets/clip.ts';
import { countLayers, type WeightSource } from './weight-source.ts';

/** What a `config.json` or a GGUF header says of a tower; what it leaves out is read off the weights. */
export interface StatedTower {
  readonly layers?: number | undefined;
  readonly heads?: number | undefined;
  readonly epsilon?: number | undefined;
}

/** Every CLIP that OpenAI published has heads of 64. */
const headWidth = 64;
/** Layers of the published towers, by width: an mmproj file says how many it kept, not how many there were. */
const publishedLayers = new Map([
  [768, 12],
  [1024, 24],
]);

/** The part of a Hugging Face CLIP configuration that we need; transformers' defaults stand for what is left out. */
export const clipLayersConfig = z.object({
  num_hidden_layers: z.int().positive().default(12),
  num_attention_heads: z.int().positive().optional(),
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.string().default('quick_gelu'),
});

/** Throws `FormatError` for an activation that is not CLIP's: some later towers of the same shape use another. */
export function statedTower(config: z.infer<typeof clipLayersConfig>, path: string): StatedTower {
  if (config.hidden_act !== 'quick_gelu') {
    throw new FormatError(
      'unsupported',
      path,
      `the tower's activation is ${config.hidden_act}, not CLIP's quick_gelu`,
    );
  }
  const { num_hidden_layers: layers, num_attention_heads: heads, layer_norm_eps: epsilon } = config;
  return { layers, heads, epsilon };
}

/**
 * A vision tower's sizes, read off its weights (`vision_model.*`). `layers` are those of the whole tower, of which a
 * file may lack the last one. Throws `FormatError`, naming the weight.
 */
export function visionConfig(weights: WeightSource, path: string, stated: StatedTower = {}): TowerConfig {
  const embeddings = 'vision_model.embeddings';
  const [width = 0, channels, patchSize = 0, patchHeight] = weights.shape(
    `${embeddings}.patch_embedding.weight`,
  );
  const [positions = 0] = weights.shape(`${embeddings}.position_embedding.weight`);
  const side = Math.sqrt(positions - 1);
  if (channels !== 3 || patchHeight !== patchSize || !Number.isInteger(side) || side < 1) {
    throw new FormatError(
      'malformed',
      path,
      'its patch and position embeddings are not of a square RGB picture',
    );
  }
  const stored = countLayers(weights, 'vision_model.encoder.layers');
  const published = publishedLayers.get(width);
  const layers = stated.layers ?? (published === stored + 1 ? published : stored);
  return {
    ...layerSizes(weights, path, 'vision_model.encoder.layers.0', width, stated),
    layers,
    imageSize: side * patchSize,
    patchSize,
  };
}

/** The text tower's sizes and the width of the joint space, read off the weights. Throws `FormatError`. */
export function textConfig(
  weights: WeightSource,
  path: string,
  stated: StatedTower = {},
): { text: TextConfig; jointWidth: number } {
  const [vocabulary = 0, width = 0] = weights.shape('text_model.embeddings.token_embedding.weight');
  const [context = 0] = weights.shape('text_model.embeddings.position_embedding.weight');
  const [jointWidth = 0] = weights.shape('text_projection.weight');
  const sizes = layerSizes(weights, path, 'text_model.encoder.layers.0', width, stated);
  const layers = countLayers(weights, 'text_model.encoder.layers');
  return { text: { ...sizes, layers, vocabulary, context }, jointWidth };
}

function layerSizes(weights: WeightSource, path: string, layer: string, width: number, stated: StatedTower) {
  const [mlpWidth = 0] = weights.shape(`${layer}.mlp.fc1.weight`);
  const heads = stated.heads ?? width / headWidth;
  if (!Number.isInteger(heads) || width % heads !== 0) {
    const problem = `a width of ${width} is not cut into ${heads} heads; a config.json beside it must say how many`;
    throw new FormatError('unsupported', path, problem);
  }
  return { width, heads, mlpWidth, epsilon: stated.epsilon ?? 1e-5 };
}
