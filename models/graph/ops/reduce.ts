import { at, defineSingle, expectFloat, frontAxis } from '../define-op.ts';
import type { Tensor } from '../tensor.ts';
import { sizeOf } from '../tensor.ts';
import { mul, scale, sub } from './elementwise.ts';
import { expand, sum } from './sum.ts';

const buildMean = defineSingle<{ axis: number }>({
  name: 'mean',
  type(inputs, { axis }) {
    const x = at(inputs, 0);
    expectFloat('mean', x);
    return { shape: x.shape.map((dim, index) => (index === axis ? 1 : dim)), dtype: 'float32' };
  },
  onnx: (w, [x], { axis }) =>
    at(w.node('ReduceMean', [at([x], 0), w.int64([axis])], { attributes: { keepdims: { int: 1 } } }), 0),
  gradient: ({ inputs: [x], grad, attributes: { axis } }) => {
    const from = at([x], 0);
    return [expand(scale(grad, 1 / sizeOf(from, axis)), from.shape)];
  },
});

/** Mean over one axis, which stays as an axis of size 1; its size may be unknown (frames). */
export function mean(x: Tensor, axis: number): Tensor {
  return buildMean([x], { axis: frontAxis('mean', x, axis) });
}

const buildSoftmax = defineSingle<{ axis: number }>({
  name: 'softmax',
  type(inputs) {
    expectFloat('softmax', at(inputs, 0));
    return { shape: at(inputs, 0).shape, dtype: 'float32' };
  },
  onnx: (w, names, { axis }) => at(w.node('Softmax', names, { attributes: { axis: { int: axis } } }), 0),
  gradient: ({ output, grad, attributes: { axis } }) => {
    const weighted = mul(grad, output);
    return [sub(weighted, mul(output, sum(weighted, [axis])))];
  },
});

export function softmax(x: Tensor, axis: number): Tensor {
  return buildSoftmax([x], { axis: frontAxis('softmax', x, axis) });
}

const buildLogSoftmax = defineSingle<{ axis: number }>({
  name: 'logSoftmax',
  type(inputs) {
    expectFloat('logSoftmax', at(inputs, 0));
    return { shape: at(inputs, 0).shape, dtype: 'float32' };
  },
  onnx: (w, names, { axis }) => at(w.node('LogSoftmax', names, { attributes: { axis: { int: axis } } }), 0),
  gradient: ({ inputs, grad, attributes: { axis } }) => [
    sub(grad, mul(softmax(at(inputs, 0), axis), sum(grad, [axis]))),
  ],
});

export function logSoftmax(x: Tensor, axis: number): Tensor {
  return buildLogSoftmax([x], { axis: frontAxis('logSoftmax', x, axis) });
}

const buildLargest = defineSingle<{ axis: number; count: number }>({
  name: 'selectLargest',
  type(inputs) {
    expectFloat('selectLargest', at(inputs, 0));
    return { shape: at(inputs, 0).shape, dtype: 'float32' };
  },
  onnx(w, [x], { axis, count }) {
    const from = at([x], 0);
    const size = at(w.node('Gather', [at(w.node('Shape', [from]), 0), w.int64([axis])]), 0);
    const chosenCount = at(w.node('Min', [size, w.int64([count])]), 0);
    const largest = at(
      w.node('TopK', [from, chosenCount], { attributes: { axis: { int: axis } }, outputs: 2 }),
      0,
    );
    const threshold = w.node('ReduceMin', [largest, w.int64([axis])], {
      attributes: { keepdims: { int: 1 } },
    });
    const chosen = w.node('GreaterOrEqual', [from, at(threshold, 0)]);
    const marks = at(w.node('Cast', chosen, { attributes: { to: { int: 1 } } }), 0);
    const marked = w.node('ReduceSum', [marks, w.int64([axis])], { attributes: { keepdims: { int: 1 } } });
    return at(w.node('Div', [marks, at(marked, 0)]), 0);
  },
  // which entries are the largest does not change under small changes of the input
  gradient: () => [undefined],
});

/** Equal weights (sum 1) on the `count` largest entries along `axis`, or on all where there are fewer; ties included, 0 elsewhere. */
export function selectLargest(x: Tensor, axis: number, count: number): Tensor {
  return buildLargest([x], { axis: frontAxis('selectLargest', x, axis), count });
}
