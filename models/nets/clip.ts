import { add } from '#models/graph/ops/elementwise.ts';
import { lookup } from '#models/graph/ops/lookup.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { pad, reshape, slice, transpose } from '#models/graph/ops/movement.ts';
import { at } from '#core/at.ts';
import { dimOf, GraphError, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { attentionPool } from './attention-pool.ts';
import { causalMask, type LayerConfig, linear, linearNoBias, norm, transformerLayer } from './layers.ts';
import { type Weights, scope } from './weights.ts';

/**
 * A pre-norm ViT: CLIP (Radford et al. 2021) where the options are left out, SigLIP with all of them (docs/backbones.md).
 * Weight names are Hugging Face's. Scopes: `vision_model`, `text_model`.
 */
export interface TowerConfig extends LayerConfig {
  readonly layers: number;
  readonly imageSize: number;
  readonly patchSize: number;
  /** What represents a picture: a class token in front, projected (CLIP), or an attention-pooling head over patches alone. */
  readonly pooling?: 'cls' | 'attention' | undefined;
  /** Whether the patch embedding has a bias; false. */
  readonly patchBias?: boolean | undefined;
  /** Whether tokens pass a norm before the first layer; true. */
  readonly preNorm?: boolean | undefined;
}

export interface TextConfig extends LayerConfig {
  readonly layers: number;
  readonly vocabulary: number;
  readonly context: number;
  /** Whether a token attends to later ones, padding too; false. */
  readonly bidirectional?: boolean | undefined;
  /** Whether the text projection has a bias; false. */
  readonly projectionBias?: boolean | undefined;
}

/** Patches of one picture, L. */
export function patchCount({ imageSize, patchSize }: Pick<TowerConfig, 'imageSize' | 'patchSize'>): number {
  return Math.floor(imageSize / patchSize) ** 2;
}

/** Position embedding of each patch [L, D], of a tower without a class token too; the STAN branch shares it. */
export function patchPositions(weights: Weights, config: TowerConfig): Tensor {
  const count = patchCount(config);
  if (config.pooling === 'attention')
    return weights('embeddings.position_embedding.weight', [count, config.width]);
  return slice(placedClass(weights, config).position, 0, 1, count + 1);
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
 * @returns h_0 .. h_n, each [N, L+1, D] ([N, L, D] without a class token): h_0 enters the first layer, h_i leaves layer i.
 */
export function visionTower(
  weights: Weights,
  pixels: Tensor,
  config: TowerConfig,
  layers = config.layers,
): Tensor[] {
  const { patchSize, width } = config;
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
  const products = matmul(patches, reshape(kernel, [width, 3 * patchSize * patchSize]), { transposeB: true });
  const embedded =
    config.patchBias === true ? add(products, weights('embeddings.patch_embedding.bias', [width])) : products;
  const tokens =
    config.pooling === 'attention'
      ? add(embedded, patchPositions(weights, config)) // [N, L, D]
      : // room for CLS in front; its embedding comes in with the positions
        add(pad(embedded, 1, 1, 0), placedClass(weights, config).classAndPosition); // [N, L+1, D]
  return towerLayers(weights, tokens, config, layers);
}

/**
 * The tower on a choice of each picture's patches, with a class token: what training may leave out, it need not compute.
 * @param patches [N, K, 3*P*P], normalised
 * @param indices int64 [N*K], rows of the position table: a patch's place plus one
 */
export function sparseTower(
  weights: Weights,
  patches: Tensor,
  indices: Tensor,
  config: TowerConfig,
): Tensor[] {
  const { patchSize, width } = config;
  const [pictures, kept, values] = [sizeOf(patches, 0), sizeOf(patches, 1), 3 * patchSize * patchSize];
  const kernel = weights('embeddings.patch_embedding.weight', [width, 3, patchSize, patchSize]);
  const embedded = matmul(patches, reshape(kernel, [width, values]), { transposeB: true });
  const { position, classAndPosition } = placedClass(weights, config);
  const placed = add(embedded, reshape(lookup(position, indices), [pictures, kept, width]));
  const classRow = reshape(slice(classAndPosition, 0, 0, 1), [1, 1, width]);
  const tokens = add(pad(placed, 1, 1, 0), pad(classRow, 1, 0, kept)); // [N, K+1, D]
  return towerLayers(weights, tokens, config, config.layers);
}

function towerLayers(weights: Weights, tokens: Tensor, config: TowerConfig, layers: number): Tensor[] {
  // Hugging Face's own spelling
  const states = [
    config.preNorm === false ? tokens : norm(scope(weights, 'pre_layrnorm'), tokens, config.epsilon),
  ];
  for (let layer = 0; layer < layers; layer++) {
    states.push(transformerLayer(scope(weights, `encoder.layers.${layer}`), at(states, layer), config));
  }
  return states;
}

/**
 * The tower's head: postLN, then the projection of CLS [.., D] or the attention pool over patches [.., L, D], into the
 * joint space: [.., P]. `weights` is the root, the projection lies outside the tower.
 */
export function imageEmbedding(
  weights: Weights,
  features: Tensor,
  config: TowerConfig,
  jointWidth: number,
): Tensor {
  const normed = norm(scope(weights, 'vision_model.post_layernorm'), features, config.epsilon);
  if (config.pooling !== 'attention')
    return linearNoBias(scope(weights, 'visual_projection'), normed, jointWidth);
  if (jointWidth !== config.width)
    throw new GraphError('imageEmbedding', `pooling gives ${config.width} values, not ${jointWidth}`);
  return attentionPool(scope(weights, 'vision_model.head'), normed, config);
}

/**
 * The text tower, every token through the final norm and the text projection.
 * @param ids int64 [N, K]
 * @returns [N, K, P]
 */
export function textTokens(weights: Weights, ids: Tensor, config: TextConfig, jointWidth: number): Tensor {
  const length = sizeOf(ids, 1);
  const model = scope(weights, 'text_model');
  const table = model('embeddings.token_embedding.weight', [config.vocabulary, config.width]);
  const position = model('embeddings.position_embedding.weight', [config.context, config.width]);
  let state = add(lookup(table, ids), slice(position, 0, 0, length)); // [N, K, D]
  const mask = config.bidirectional === true ? undefined : causalMask(length);
  for (let layer = 0; layer < config.layers; layer++) {
    state = transformerLayer(scope(model, `encoder.layers.${layer}`), state, config, mask);
  }
  const normed = norm(scope(model, 'final_layer_norm'), state, config.epsilon);
  const project = config.projectionBias === true ? linear : linearNoBias;
  return project(scope(weights, 'text_projection'), normed, jointWidth);
}

/**
 * The embedding of the whole text: its end-of-text token, or the last position where texts are read in both directions.
 * @param tokens [N, K, P] from `textTokens`
 * @param ends int64 [N], index of that token in the flattened [N*K]
 * @returns [N, P]
 */
export function textEmbedding(tokens: Tensor, ends: Tensor): Tensor {
  const [texts, length, width] = [sizeOf(tokens, 0), sizeOf(tokens, 1), sizeOf(tokens, 2)];
  return lookup(reshape(tokens, [texts * length, width]), ends);
}
