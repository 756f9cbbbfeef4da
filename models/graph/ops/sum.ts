import { defineSingle, frontAxis, type Unary } from '../define-op.ts';
import type { Shape, Tensor } from '../tensor.ts';
import { GraphError, showShape } from '../tensor.ts';
import { reshape } from './movement.ts';

const buildSum = defineSingle<Unary, { axes: readonly number[] }>({
  name: 'sum',
  type: ([x], { axes }) => ({
    shape: x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
    dtype: x.dtype,
  }),
  onnx: (w, [x], { axes }) =>
    w.node('ReduceSum', [x, w.int64(axes)], { attributes: { keepdims: { int: 1 } } }),
  gradient: ({ inputs: [x], grad }) => [expand(grad, x.shape)],
});

/** Sums over `axes`, which stay as axes of size 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  // ONNX reads "no axes" as all of them
  return axes.length === 0 ? x : buildSum([x], { axes: axes.map((axis) => frontAxis('sum', x, axis)) });
}

const buildExpand = defineSingle<Unary, { shape: Shape }>({
  name: 'expand',
  type([x], { shape }) {
    if (shape.length !== x.shape.length || x.shape.some((dim, axis) => dim !== 1 && dim !== shape[axis])) {
      throw new GraphError('expand', `${showShape(x.shape)} does not repeat to ${showShape(shape)}`);
    }
    return { shape, dtype: x.dtype };
  },
  onnx(w, [x], { shape }) {
    const sizes = shape.map((dim) => {
      if (typeof dim === 'string') throw new GraphError('expand', `${showShape(shape)} is not known yet`);
      return dim;
    });
    return w.node('Expand', [x, w.int64(sizes)]);
  },
  gradient: ({ inputs: [x], grad }) => [sumTo(grad, x.shape)],
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
