import { type Binary, defineSingle } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { dimOf, GraphError, multiplyDims, showShape, sizeOf } from '../tensor.ts';
import { reshape } from './movement.ts';

const buildLookup = defineSingle<Binary, object>({
  name: 'lookup',
  type([table, ids]) {
    if (table.shape.length !== 2 || ids.dtype !== 'int64') {
      throw new GraphError(
        'lookup',
        `needs rows [V, D] and int64 ids, got ${showShape(table.shape)} and ${ids.dtype}`,
      );
    }
    return { shape: [...ids.shape, dimOf(table, 1)], dtype: table.dtype };
  },
  onnx: (w, names) => w.node('Gather', names, { attributes: { axis: { int: 0 } } }),
  gradient({ inputs: [table, ids], grad }) {
    const count = ids.shape.reduce(multiplyDims, 1);
    const flatGrad = reshape(grad, [count, dimOf(table, 1)]);
    return [scatterAdd(flatGrad, reshape(ids, [count, 1]), sizeOf(table, 0)), undefined];
  },
});

/** Row `ids[..]` of `table` [V, D] for each id: [.., D]. */
export function lookup(table: Tensor, ids: Tensor): Tensor {
  return buildLookup([table, ids], {});
}

const buildScatter = defineSingle<Binary, { rows: number }>({
  name: 'scatterAdd',
  type: ([values], { rows }) => ({ shape: [rows, dimOf(values, 1)], dtype: 'float32' }),
  onnx(w, [values, ids], { rows }, [added]) {
    const zeros = w.node('Expand', [w.float32([0], [1]), w.int64([rows, sizeOf(added, 1)])]);
    return w.node('ScatterND', [zeros, ids, values], { attributes: { reduction: { string: 'add' } } });
  },
});

/** Adds row i of `values` [N, D] to row ids[i] of a zero table of `rows` rows: the gradient of `lookup`. */
function scatterAdd(values: Tensor, ids: Tensor, rows: number): Tensor {
  return buildScatter([values, ids], { rows });
}
