import { defineSingle, expectFloat, frontAxis, sameFloat, type Unary } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { sizeOf } from '../tensor.ts';
import { mul, scale, sub } from './elementwise.ts';
import { expand, sum } from './sum.ts';

const buildMean = defineSingle<Unary, { axis: number }>({
  name: 'mean',
  type([x], { axis }) {
    expectFloat('mean', x);
    return { shape: x.shape.map((dim, index) => (index === axis ? 1 : dim)), dtype: 'float32' };
  },
  onnx: (w, [x], { axis }) =>
    w.node('ReduceMean', [x, w.int64([axis])], { attributes: { keepdims: { int: 1 } } }),
  gradient: ({ inputs: [x], grad, attributes: { axis } }) => [
    expand(scale(grad, 1 / sizeOf(x, axis)), x.shape),
  ],
});

/** Mean over one axis, which stays as an axis of size 1; its size may be unknown (frames). */
export function mean(x: Tensor, axis: number): Tensor {
  return buildMean([x], { axis: frontAxis('mean', x, axis) });
}

const buildSoftmax = defineSingle<Unary, { axis: number }>({
  name: 'softmax',
  type: ([x]) => sameFloat('softmax', x),
  onnx: (w, names, { axis }) => w.node('Softmax', names, { attributes: { axis: { int: axis } } }),
  gradient: ({ output, grad, attributes: { axis } }) => {
    const weighted = mul(grad, output);
    return [sub(weighted, mul(output, sum(weighted, [axis])))];
  },
});

export function softmax(x: Tensor, axis: number): Tensor {
  return buildSoftmax([x], { axis: frontAxis('softmax', x, axis) });
}

const buildLogSoftmax = defineSingle<Unary, { axis: number }>({
  name: 'logSoftmax',
  type: ([x]) => sameFloat('logSoftmax', x),
  onnx: (w, names, { axis }) => w.node('LogSoftmax', names, { attributes: { axis: { int: axis } } }),
  gradient: ({ inputs: [x], grad, attributes: { axis } }) => [
    sub(grad, mul(softmax(x, axis), sum(grad, [axis]))),
  ],
});

export function logSoftmax(x: Tensor, axis: number): Tensor {
  return buildLogSoftmax([x], { axis: frontAxis('logSoftmax', x, axis) });
}

const buildLargest = defineSingle<Unary, { axis: number; count: number }>({
  name: 'selectLargest',
  type: ([x]) => sameFloat('selectLargest', x),
  onnx(w, [x], { axis, count }) {
    const keepAxis = { attributes: { keepdims: { int: 1 } } };
    const size = w.node('Gather', [w.node('Shape', [x]), w.int64([axis])]);
    const chosenCount = w.node('Min', [size, w.int64([count])]);
    const [largest] = w.nodes('TopK', [x, chosenCount], ['values', 'indices'], {
      attributes: { axis: { int: axis } },
    });
    const threshold = w.node('ReduceMin', [largest, w.int64([axis])], keepAxis);
    const chosen = w.node('GreaterOrEqual', [x, threshold]);
    const marks = w.node('Cast', [chosen], { attributes: { to: { int: 1 } } });
    return w.node('Div', [marks, w.node('ReduceSum', [marks, w.int64([axis])], keepAxis)]);
  },
  // which entries are the largest does not change under small changes of the input
  gradient: () => [undefined],
});

/** Equal weights (sum 1) on the `count` largest entries along `axis`, or on all where there are fewer; ties included, 0 elsewhere. */
export function selectLargest(x: Tensor, axis: number, count: number): Tensor {
  return buildLargest([x], { axis: frontAxis('selectLargest', x, axis), count });
}
