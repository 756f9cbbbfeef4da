import { at, defineSingle, frontAxis } from '../define-op.ts';
import type { Shape, Tensor } from '../tensor.ts';
import { GraphError, showShape } from '../tensor.ts';
import { reshape } from './movement.ts';

const buildSum = defineSingle<{ axes: readonly number[] }>({
  name: 'sum',
  type([x], { axes }) {
    const from = at([x], 0);
    return { shape: from.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)), dtype: from.dtype };
  },
  onnx: (w, [x], { axes }) =>
    at(w.node('ReduceSum', [at([x], 0), w.int64(axes)], { attributes: { keepdims: { int: 1 } } }), 0),
  gradient: ({ inputs, grad }) => [expand(grad, at(inputs, 0).shape)],
});

/** Sums over `axes`, which stay as axes of size 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  // ONNX reads "no axes" as all of them
  return axes.length === 0 ? x : buildSum([x], { axes: axes.map((axis) => frontAxis('sum', x, axis)) });
}

const buildExpand = defineSingle<{ shape: Shape }>({
  name: 'expand',
  type([x], { shape }) {
    const from = at([x], 0);
    if (
      shape.length !== from.shape.length ||
      from.shape.some((dim, axis) => dim !== 1 && dim !== shape[axis])
    ) {
      throw new GraphError('expand', `${showShape(from.shape)} does not repeat to ${showShape(shape)}`);
    }
    return { shape, dtype: from.dtype };
  },
  onnx(w, [x], { shape }) {
    const sizes = shape.map((dim) => {
      if (typeof dim === 'string') throw new GraphError('expand', `${showShape(shape)} is not known yet`);
      return dim;
    });
    return at(w.node('Expand', [at([x], 0), w.int64(sizes)]), 0);
  },
  gradient: ({ inputs, grad }) => [sumTo(grad, at(inputs, 0).shape)],
});

/** Repeats axes of size 1 up to `shape` (same number of axes). */
export function expand(x: Tensor, shape: Shape): Tensor {
  return x.shape.every((dim, axis) => dim === shape[axis]) ? x : buildExpand([x], { shape });
}

/** Undoes broadcasting: sums `x` down to `shape`, the gradient of having been repeated from it. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dim, axis) =>
    axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? x : sum(x, axes);
  return extra === 0 ? summed : reshape(summed, shape);
}
