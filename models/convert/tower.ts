import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import type { TextConfig, TowerConfig } from '#models/nets/clip.ts';
import { type Activation, activationNames, isActivation } from '#models/nets/layers.ts';
import { countLayers, type WeightSource } from './weight-source.ts';

/** What a `config.json` or a GGUF header says of a tower; what it leaves out is read off the weights. */
export interface StatedTower {
  readonly layers?: number | undefined;
  readonly heads?: number | undefined;
  readonly epsilon?: number | undefined;
  readonly activation?: Activation | undefined;
}

/** Every CLIP that OpenAI published has heads of 64. */
const headWidth = 64;
/** Layers of the published towers, by width: an mmproj file says how many it kept, not how many there were. */
export const publishedLayers = new Map([
  [768, 12],
  [1024, 24],
]);

/** The part of a Hugging Face configuration that we need; transformers' defaults stand for what is left out. */
export const clipLayersConfig = z.object({
  num_hidden_layers: z.int().positive().default(12),
  num_attention_heads: z.int().positive().optional(),
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.string().default('quick_gelu'),
});

export const siglipLayersConfig = clipLayersConfig.extend({
  num_attention_heads: z.int().positive().default(12),
  layer_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.string().default('gelu_pytorch_tanh'),
});

/** Throws `FormatError` for an activation we do not have. */
export function statedTower(config: z.infer<typeof clipLayersConfig>, path: string): StatedTower {
  const { hidden_act: activation, num_hidden_layers: layers } = config;
  if (!isActivation(activation)) {
    const problem = `the tower's activation is ${activation}; ${activationNames.join(', ')} are supported`;
    throw new FormatError('unsupported', path, problem);
  }
  return { layers, heads: config.num_attention_heads, epsilon: config.layer_norm_eps, activation };
}

/**
 * A vision tower's sizes, read off its weights (`vision_model.*`): CLIP, or SigLIP where there is no class embedding.
 * `layers` are those of the whole tower, of which a file may lack the last one. Throws `FormatError`, naming the weight.
 */
export function visionConfig(weights: WeightSource, path: string, stated: StatedTower = {}): TowerConfig {
  const embeddings = 'vision_model.embeddings';
  const [width = 0, channels, patchSize = 0, patchHeight] = weights.shape(
    `${embeddings}.patch_embedding.weight`,
  );
  const [positions = 0] = weights.shape(`${embeddings}.position_embedding.weight`);
  const hasClass = weights.has(`${embeddings}.class_embedding`);
  const side = Math.sqrt(hasClass ? positions - 1 : positions);
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
    ...(!hasClass && { pooling: 'attention', patchBias: true, preNorm: false }),
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
  // SigLIP's text tower is the one whose projection has a bias
  const siglip = weights.has('text_projection.bias') && { bidirectional: true, projectionBias: true };
  return { text: { ...sizes, layers, vocabulary, context, ...siglip }, jointWidth };
}

function layerSizes(weights: WeightSource, path: string, layer: string, width: number, stated: StatedTower) {
  const [mlpWidth = 0] = weights.shape(`${layer}.mlp.fc1.weight`);
  const heads = stated.heads ?? width / headWidth;
  if (!Number.isInteger(heads) || width % heads !== 0) {
    const problem = `a width of ${width} is not cut into ${heads} heads; a config.json beside it must say how many`;
    throw new FormatError('unsupported', path, problem);
  }
  const { epsilon = 1e-5, activation } = stated;
  return { width, heads, mlpWidth, epsilon, ...(activation !== undefined && { activation }) };
}
