import { joinHeads, splitHeads } from '#models/graph/ops/attention.ts';
import { add, scale } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { reshape, slice } from '#models/graph/ops/movement.ts';
import { softmax } from '#models/graph/ops/reduce.ts';
import { dimOf, multiplyDims, type Tensor } from '#models/graph/tensor.ts';
import { type LayerConfig, linear, mlp, norm } from './layers.ts';
import { type Weights, scope } from './weights.ts';

/**
 * A learned probe attends to all tokens, and an MLP follows: y = a + mlp(norm(a)), a = attention(probe, x, x). The head of
 * SigLIP (Zhai et al. 2023, arXiv 2303.15343), with the weights' names in Hugging Face's `vision_model.head`.
 * @param x [.., L, D]
 * @returns [.., D]
 */
export function attentionPool(weights: Weights, x: Tensor, config: LayerConfig): Tensor {
  const { width, heads, epsilon } = config;
  const pictures = x.shape.slice(0, -2);
  const tokens = reshape(x, [pictures.reduce(multiplyDims, 1), dimOf(x, -2), width]); // [N, L, D]
  // PyTorch's own attention module keeps its three projections in one matrix
  const matrix = weights('attention.in_proj_weight', [3 * width, width]);
  const bias = weights('attention.in_proj_bias', [3 * width]);
  const project = (part: number, from: Tensor): Tensor => {
    const [start, end] = [part * width, (part + 1) * width];
    const product = matmul(from, slice(matrix, 0, start, end), { transposeB: true });
    return splitHeads(add(product, slice(bias, 0, start, end)), heads);
  };
  const query = project(0, weights('probe', [1, 1, width])); // [1, H, 1, D/H]
  const logits = scale(matmul(query, project(1, tokens), { transposeB: true }), 1 / Math.sqrt(width / heads));
  const mixed = joinHeads(matmul(softmax(logits, -1), project(2, tokens))); // [N, 1, D]
  const gathered = linear(scope(weights, 'attention.out_proj'), mixed, width);
  const normed = norm(scope(weights, 'layernorm'), gathered, epsilon);
  return reshape(add(gathered, mlp(scope(weights, 'mlp'), normed, config)), [...pictures, width]);
}
