import { type Binary, defineSingle, expectFloat, expectRank } from '../define-op.ts';
import type { OpCall, Tensor } from '../tensor.ts';
import { dimOf, GraphError, multiplyDims, showShape } from '../tensor.ts';
import { broadcastShapes } from './elementwise.ts';
import { reshape } from './movement.ts';
import { sumTo } from './sum.ts';

interface Transposed {
  readonly a: boolean;
  readonly b: boolean;
}

const buildMatmul = defineSingle<Binary, { transposed: Transposed; linear: boolean }>({
  name: 'matmul',
  type([a, b], { transposed }) {
    for (const tensor of [a, b]) {
      expectFloat('matmul', tensor);
      expectRank('matmul', tensor, 2);
    }
    const [rows, inner] = transposed.a ? [dimOf(a, -1), dimOf(a, -2)] : [dimOf(a, -2), dimOf(a, -1)];
    const [inner2, columns] = transposed.b ? [dimOf(b, -1), dimOf(b, -2)] : [dimOf(b, -2), dimOf(b, -1)];
    if (inner !== inner2) {
      throw new GraphError('matmul', `${showShape(a.shape)} and ${showShape(b.shape)} do not multiply`);
    }
    const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
    return { shape: [...batch, rows, columns], dtype: 'float32' };
  },
  onnx(w, names, { transposed: { a, b }, linear }, [, right]) {
    const stored = linear ? w.quantised(right) : undefined;
    if (stored !== undefined) {
      const operands = [names[0], stored.matrix, stored.scales];
      return w.node('DynamicQuantizeMatMul', operands, { domain: 'com.microsoft' });
    }
    if (!a && !b) return w.node('MatMul', names);
    const attributes = { transA: { int: Number(a) }, transB: { int: Number(b) } };
    return w.node('FusedMatMul', names, { domain: 'com.microsoft', attributes });
  },
  gradient({ inputs: [a, b], grad, attributes: { transposed } }) {
    // a weight shared by a batch: one product over all its rows instead of one per item
    if (b.shape.length === 2 && a.shape.length > 2 && !transposed.a) {
      const gradA = matmul(grad, b, { transposeB: !transposed.b });
      const rowsOfA = flattenRows(a);
      const rowsOfGrad = flattenRows(grad);
      const [first, second] = transposed.b ? [rowsOfGrad, rowsOfA] : [rowsOfA, rowsOfGrad];
      return [gradA, matmul(first, second, { transposeA: true })];
    }
    const gradA = transposed.a
      ? matmul(b, grad, { transposeA: transposed.b, transposeB: true })
      : matmul(grad, b, { transposeB: !transposed.b });
    const gradB = transposed.b
      ? matmul(grad, a, { transposeA: true, transposeB: transposed.a })
      : matmul(a, grad, { transposeA: !transposed.a });
    return [sumTo(gradA, a.shape), sumTo(gradB, b.shape)];
  },
});

/** Batched matrix product over the last two axes, [.., M, K] x [.., K, N]; either side may be read transposed. */
export function matmul(
  a: Tensor,
  b: Tensor,
  options: { transposeA?: boolean; transposeB?: boolean } = {},
): Tensor {
  const transposed = { a: options.transposeA ?? false, b: options.transposeB ?? false };
  return buildMatmul([a, b], { transposed, linear: transposed.b && !transposed.a && b.shape.length === 2 });
}

/** Whether input `index` of a call is the weight of a linear layer, x W^T: what may be stored as int8. */
export function isLinearWeight({ name, attributes }: OpCall, index: number): boolean {
  return name === 'matmul' && index === 1 && 'linear' in attributes && attributes.linear === true;
}

function flattenRows(x: Tensor): Tensor {
  return reshape(x, [x.shape.slice(0, -1).reduce(multiplyDims, 1), dimOf(x, -1)]);
}
