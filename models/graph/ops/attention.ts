import { defineSingle, expectFloat } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { dimOf, GraphError, multiplyDims, showShape, sizeOf } from '../tensor.ts';
import { add, mul, scale, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { reshape, transpose } from './movement.ts';
import { softmax } from './reduce.ts';
import { sum } from './sum.ts';

type AttentionInputs = readonly [q: Tensor, k: Tensor, v: Tensor, ...bias: Tensor[]];

const buildAttention = defineSingle<AttentionInputs, { heads: number }>({
  name: 'attention',
  type([q, k, v, ...bias], { heads }) {
    for (const tensor of [q, k, v, ...bias]) expectFloat('attention', tensor);
    const fits = [q, k, v].every(
      (x) => x.shape.length === 3 && x.shape[0] === q.shape[0] && x.shape[2] === q.shape[2],
    );
    if (!fits || k.shape[1] !== v.shape[1] || sizeOf(q, 2) % heads !== 0) {
      throw new GraphError(
        'attention',
        `${[q, k, v].map((x) => showShape(x.shape)).join(', ')} with ${heads} heads`,
      );
    }
    return { shape: q.shape, dtype: 'float32' };
  },
  onnx(w, [q, k, v, ...bias], { heads }) {
    // between values and bias are two inputs that this project does not use
    const names = [q, k, v, ...(bias.length === 0 ? [] : ['', '', ...bias])];
    const attributes = { num_heads: { int: heads } };
    return w.node('MultiHeadAttention', names, { domain: 'com.microsoft', attributes });
  },
  // The fused operator keeps no probabilities, so they are computed again: cheap beside the linear layers around it.
  gradient({ inputs: [q, k, v, ...bias], grad, attributes: { heads } }) {
    const factor = 1 / Math.sqrt(sizeOf(q, 2) / heads);
    const [qh, kh, vh, gh] = [
      splitHeads(q, heads),
      splitHeads(k, heads),
      splitHeads(v, heads),
      splitHeads(grad, heads),
    ];
    const raw = scale(matmul(qh, kh, { transposeB: true }), factor); // [B, H, S, S']
    const p = softmax(bias.reduce(add, raw), -1);
    const dp = matmul(gh, vh, { transposeB: true });
    const weighted = mul(p, dp);
    const ds = scale(sub(weighted, mul(p, sum(weighted, [-1]))), factor);
    return [
      joinHeads(matmul(ds, kh)),
      joinHeads(matmul(ds, qh, { transposeA: true })),
      joinHeads(matmul(p, gh, { transposeA: true })),
      ...bias.map(() => undefined),
    ];
  },
});

/**
 * Multi-head attention softmax(q k^T / sqrt(d)) v on projected q, k, v of [B, S, D].
 * `bias` [1, 1, S, S'] is added before the softmax (a mask: 0 or a large negative number); no gradient flows to it.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, heads: number, bias?: Tensor): Tensor {
  return buildAttention(bias === undefined ? [q, k, v] : [q, k, v, bias], { heads });
}

/** [B, S, D] -> [B, H, S, D/H] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const split = reshape(x, [dimOf(x, 0), dimOf(x, 1), heads, sizeOf(x, 2) / heads]);
  return transpose(split, [0, 2, 1, 3]);
}

/** [B, H, S, D/H] -> [B, S, D] */
export function joinHeads(x: Tensor): Tensor {
  const joined = multiplyDims(dimOf(x, 1), dimOf(x, 3));
  return reshape(transpose(x, [0, 2, 1, 3]), [dimOf(x, 0), dimOf(x, 2), joined]);
}
