import { splitHeads } from '#models/graph/ops/attention.ts';
import { div, scale } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { reshape, slice } from '#models/graph/ops/movement.ts';
import { mean, softmax } from '#models/graph/ops/reduce.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { dimOf, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { type LayerConfig, linear } from './layers.ts';
import type { StanLayer } from './stan.ts';
import { type Weights, scope } from './weights.ts';

/**
 * Attention of the video CLS in each frame (paper Fig. 9): its spatial attention over the patches, mean over heads,
 * without its attention to itself, normalised so that a row sums to 1. [B*T, L]
 *
 * The fused attention of the main path keeps no weights, so those of this one query are computed again. Its keys are the
 * same product as there, which onnxruntime detects and computes once.
 * @param weights of the spatial module that made `layer`: `stan.spatial.k`
 */
export function patchAttention(
  weights: Weights,
  { spatialInput }: StanLayer,
  { heads, width }: LayerConfig,
): Tensor {
  const attention = scope(weights, 'self_attn');
  const cls = slice(spatialInput, 1, 0, 1);
  const query = splitHeads(linear(scope(attention, 'q_proj'), cls, width), heads); // [B*T, H, 1, D/H]
  const keys = splitHeads(linear(scope(attention, 'k_proj'), spatialInput, width), heads); // [B*T, H, L+1, D/H]
  const logits = scale(matmul(query, keys, { transposeB: true }), 1 / Math.sqrt(width / heads));
  const tokens = sizeOf(spatialInput, 1);
  const perToken = reshape(mean(softmax(logits, -1), 1), [dimOf(spatialInput, 0), tokens]);
  const patches = slice(perToken, 1, 1, tokens);
  return div(patches, sum(patches, [1]));
}
