import { at, defineSingle, expectFloat } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { dimOf, GraphError, multiplyDims, showShape, sizeOf } from '../tensor.ts';
import { add, mul, scale, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { reshape, transpose } from './movement.ts';
import { softmax } from './reduce.ts';
import { sum } from './sum.ts';

const buildAttention = defineSingle<{ heads: number }>({
  name: 'attention',
  type(inputs, { heads }) {
    const [q, k, v] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    for (const tensor of inputs) expectFloat('attention', tensor);
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
  onnx(w, [q, k, v, bias], { heads }) {
    const names = [at([q], 0), at([k], 0), at([v], 0), ...(bias === undefined ? [] : ['', '', bias])];
    return at(
      w.node('MultiHeadAttention', names, {
        domain: 'com.microsoft',
        attributes: { num_heads: { int: heads } },
      }),
      0,
    );
  },
  // The fused operator keeps no probabilities, so they are computed again: cheap beside the linear layers around it.
  gradient({ inputs, grad, attributes: { heads } }) {
    const [q, k, v] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const factor = 1 / Math.sqrt(sizeOf(q, 2) / heads);
    const [qh, kh, vh, gh] = [
      splitHeads(q, heads),
      splitHeads(k, heads),
      splitHeads(v, heads),
      splitHeads(grad, heads),
    ];
    const raw = scale(matmul(qh, kh, { transposeB: true }), factor); // [B, H, S, S']
    const bias = inputs[3];
    const p = softmax(bias === undefined ? raw : add(raw, bias), -1);
    const dp = matmul(gh, vh, { transposeB: true });
    const weighted = mul(p, dp);
    const ds = scale(sub(weighted, mul(p, sum(weighted, [-1]))), factor);
    const parts = [matmul(ds, kh), matmul(ds, qh, { transposeA: true }), matmul(p, gh, { transposeA: true })];
    return [...parts.map(joinHeads), ...(bias === undefined ? [] : [undefined])];
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
