import { add } from '../graph/ops/elementwise.ts';
import { lookup } from '../graph/ops/lookup.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { pad, reshape, slice, transpose } from '../graph/ops/movement.ts';
import { at } from '../graph/define-op.ts';
import { dimOf, sizeOf, type Tensor } from '../graph/tensor.ts';
import { causalMask, type LayerConfig, linearNoBias, norm, transformerLayer } from './layers.ts';
import { type Weights, within } from './weights.ts';

/** CLIP as in Radford et al. 2021; weight names are Hugging Face's. Scopes: `vision_model`, `text_model`. */
export interface TowerConfig extends LayerConfig {
  readonly layers: number;
  readonly imageSize: number;
  readonly patchSize: number;
}

export interface TextConfig extends LayerConfig {
  readonly layers: number;
  readonly vocabulary: number;
  readonly context: number;
}

/** Patches of one picture, L. */
export function patchCount({ imageSize, patchSize }: Pick<TowerConfig, 'imageSize' | 'patchSize'>): number {
  return Math.floor(imageSize / patchSize) ** 2;
}

/** Position table [L+1, D] of the tower with the class embedding added to row 0; the STAN branch shares it. */
export function placedClass(
  weights: Weights,
  config: TowerConfig,
): { position: Tensor; classAndPosition: Tensor } {
  const count = patchCount(config);
  const position = weights('embeddings.position_embedding.weight', [count + 1, config.width]);
  const classRow = reshape(weights('embeddings.class_embedding', [config.width]), [1, config.width]);
  return { position, classAndPosition: add(position, pad(classRow, 0, 0, count)) };
}

/**
 * The vision tower on N pictures.
 * @param pixels [N, 3, H, W], normalised
 * @returns h_0 .. h_n, each [N, L+1, D]: h_0 enters the first layer, h_i leaves layer i.
 */
export function visionTower(
  weights: Weights,
  pixels: Tensor,
  config: TowerConfig,
  layers = config.layers,
): Tensor[] {
  const { patchSize, width, epsilon } = config;
  const side = Math.floor(config.imageSize / patchSize);
  const pictures = dimOf(pixels, 0);
  // a convolution with stride = kernel is a matrix product over cut-out patches
  const whole = side * patchSize;
  const cropped = slice(slice(pixels, 2, 0, whole), 3, 0, whole);
  const grid = reshape(cropped, [pictures, 3, side, patchSize, side, patchSize]);
  const patches = reshape(transpose(grid, [0, 2, 4, 1, 3, 5]), [
    pictures,
    side * side,
    3 * patchSize * patchSize,
  ]);
  const kernel = weights('embeddings.patch_embedding.weight', [width, 3, patchSize, patchSize]);
  const embedded = matmul(patches, reshape(kernel, [width, 3 * patchSize * patchSize]), { transposeB: true });
  // room for CLS in front; its embedding comes in with the positions
  const tokens = add(pad(embedded, 1, 1, 0), placedClass(weights, config).classAndPosition); // [N, L+1, D]
  const states = [norm(within(weights, 'pre_layrnorm'), tokens, epsilon)]; // Hugging Face spells it so
  for (let layer = 0; layer < layers; layer++) {
    states.push(transformerLayer(within(weights, `encoder.layers.${layer}`), at(states, layer), config));
  }
  return states;
}

/** postLN(CLS) projected to the joint space: [N, D] -> [N, P]. `weights` is the root, the projection lies outside the tower. */
export function imageEmbedding(
  weights: Weights,
  cls: Tensor,
  config: TowerConfig,
  jointWidth: number,
): Tensor {
  const normed = norm(within(weights, 'vision_model.post_layernorm'), cls, config.epsilon);
  return linearNoBias(within(weights, 'visual_projection'), normed, jointWidth);
}

/**
 * The text tower, every token through the final norm and the text projection.
 * @param ids int64 [N, K]
 * @returns [N, K, P]
 */
export function textTokens(weights: Weights, ids: Tensor, config: TextConfig, jointWidth: number): Tensor {
  const length = sizeOf(ids, 1);
  const model = within(weights, 'text_model');
  const table = model('embeddings.token_embedding.weight', [config.vocabulary, config.width]);
  const position = model('embeddings.position_embedding.weight', [config.context, config.width]);
  let state = add(lookup(table, ids), slice(position, 0, 0, length)); // [N, K, D]
  const mask = causalMask(length);
  for (let layer = 0; layer < config.layers; layer++) {
    state = transformerLayer(within(model, `encoder.layers.${layer}`), state, config, mask);
  }
  const normed = norm(within(model, 'final_layer_norm'), state, config.epsilon);
  return linearNoBias(within(weights, 'text_projection'), normed, jointWidth);
}

/**
 * The text's one embedding: its end-of-text token.
 * @param tokens [N, K, P] from `textTokens`
 * @param ends int64 [N], place of the end token in the flattened [N*K]
 * @returns [N, P]
 */
export function textEmbedding(tokens: Tensor, ends: Tensor): Tensor {
  const [texts, length, width] = [sizeOf(tokens, 0), sizeOf(tokens, 1), sizeOf(tokens, 2)];
  return lookup(reshape(tokens, [texts * length, width]), ends);
}
