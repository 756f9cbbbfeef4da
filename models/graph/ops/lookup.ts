import { at, defineSingle } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { dimOf, GraphError, multiplyDims, showShape, sizeOf } from '../tensor.ts';
import { reshape } from './movement.ts';

const buildLookup = defineSingle<object>({
  name: 'lookup',
  type([table, ids]) {
    const [rows, indices] = [at([table], 0), at([ids], 0)];
    if (rows.shape.length !== 2 || indices.dtype !== 'int64') {
      throw new GraphError(
        'lookup',
        `needs rows [V, D] and int64 ids, got ${showShape(rows.shape)} and ${indices.dtype}`,
      );
    }
    return { shape: [...indices.shape, dimOf(rows, 1)], dtype: rows.dtype };
  },
  onnx: (w, names) => at(w.node('Gather', names, { attributes: { axis: { int: 0 } } }), 0),
  gradient({ inputs: [table, ids], grad }) {
    const [rows, indices] = [at([table], 0), at([ids], 0)];
    const count = indices.shape.reduce(multiplyDims, 1);
    const flatGrad = reshape(grad, [count, dimOf(rows, 1)]);
    return [scatterAdd(flatGrad, reshape(indices, [count, 1]), sizeOf(rows, 0)), undefined];
  },
});

/** Row `ids[..]` of `table` [V, D] for each id: [.., D]. */
export function lookup(table: Tensor, ids: Tensor): Tensor {
  return buildLookup([table, ids], {});
}

const buildScatter = defineSingle<{ rows: number }>({
  name: 'scatterAdd',
  type: ([values], { rows }) => ({ shape: [rows, dimOf(at([values], 0), 1)], dtype: 'float32' }),
  onnx(w, [values, ids], { rows }, inputs) {
    const zeros = w.node('Expand', [w.float32([0], [1]), w.int64([rows, sizeOf(at(inputs, 0), 1)])]);
    const attributes = { reduction: { string: 'add' } };
    return at(w.node('ScatterND', [at(zeros, 0), at([ids], 0), at([values], 0)], { attributes }), 0);
  },
});

/** Adds row i of `values` [N, D] to row ids[i] of a zero table of `rows` rows: the gradient of `lookup`. */
function scatterAdd(values: Tensor, ids: Tensor, rows: number): Tensor {
  return buildScatter([values, ids], { rows });
}
