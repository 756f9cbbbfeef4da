import { at, defineOp, defineSingle, frontAxis } from '../define-op.ts';
import type { Dim, Shape, Tensor } from '../tensor.ts';
import { dimOf, GraphError, showShape, sizeOf } from '../tensor.ts';

/** Known sizes multiplied, unknown ones listed: what a reshape must keep. `T/2` (`halveDim`) counts as half a `T`. */
function volume(shape: Shape): string {
  const factor = (dim: Dim): number => (typeof dim === 'number' ? dim : dim.endsWith('/2') ? 0.5 : 1);
  const known = shape.reduce<number>((product, dim) => product * factor(dim), 1);
  const unknown = shape.flatMap((dim) => (typeof dim === 'string' ? dim.replace(/\/2$/, '') : [])).sort();
  return [known, ...unknown].join(' x ');
}

/** As ONNX's Reshape reads sizes: 0 is that of the same axis before, -1 the one that is left to find out. */
function sizesAtRun(from: Shape, to: Shape): number[] {
  return to.map((dim, axis) => (typeof dim === 'number' ? dim : dim === from[axis] ? 0 : -1));
}

const buildReshape = defineSingle<{ shape: Shape }>({
  name: 'reshape',
  type([x], { shape }) {
    const from = at([x], 0);
    if (volume(from.shape) !== volume(shape)) {
      throw new GraphError('reshape', `${showShape(from.shape)} does not fill ${showShape(shape)}`);
    }
    if (sizesAtRun(from.shape, shape).filter((size) => size === -1).length > 1) {
      throw new GraphError('reshape', `${showShape(shape)} has more than one size to find out`);
    }
    return { shape, dtype: from.dtype };
  },
  onnx: (w, [x], { shape }, inputs) =>
    at(w.node('Reshape', [at([x], 0), w.int64(sizesAtRun(at(inputs, 0).shape, shape))]), 0),
  gradient: ({ inputs, grad }) => [reshape(grad, at(inputs, 0).shape)],
});

export function reshape(x: Tensor, shape: Shape): Tensor {
  return buildReshape([x], { shape });
}

const buildTranspose = defineSingle<{ order: readonly number[] }>({
  name: 'transpose',
  type([x], { order }) {
    const from = at([x], 0);
    if (
      [...order].sort((a, b) => a - b).some((axis, index) => axis !== index) ||
      order.length !== from.shape.length
    ) {
      throw new GraphError('transpose', `[${order}] does not order the axes of ${showShape(from.shape)}`);
    }
    return { shape: order.map((axis) => dimOf(from, axis)), dtype: from.dtype };
  },
  onnx: (w, names, { order }) => at(w.node('Transpose', names, { attributes: { perm: { ints: order } } }), 0),
  gradient: ({ grad, attributes: { order } }) => [
    transpose(
      grad,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
});

/** Output axis i is input axis order[i]. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  return buildTranspose([x], { order });
}

const buildConcat = defineSingle<{ axis: number }>({
  name: 'concat',
  type(inputs, { axis }) {
    const first = at(inputs, 0);
    for (const other of inputs) {
      const fits = other.shape.length === first.shape.length && other.dtype === first.dtype;
      if (!fits || other.shape.some((dim, index) => index !== axis && dim !== first.shape[index])) {
        throw new GraphError(
          'concat',
          `${showShape(first.shape)} and ${showShape(other.shape)} differ beside axis ${axis}`,
        );
      }
    }
    const joined = inputs.reduce((sum, tensor) => sum + sizeOf(tensor, axis), 0);
    return { shape: first.shape.map((dim, index) => (index === axis ? joined : dim)), dtype: first.dtype };
  },
  onnx: (w, names, { axis }) => at(w.node('Concat', names, { attributes: { axis: { int: axis } } }), 0),
  gradient: ({ inputs, grad, attributes: { axis } }) => {
    let start = 0;
    return inputs.map((tensor) => {
      const part = slice(grad, axis, start, start + sizeOf(tensor, axis));
      start += sizeOf(tensor, axis);
      return part;
    });
  },
});

export function concat(inputs: readonly Tensor[], axis: number): Tensor {
  return buildConcat(inputs, { axis: frontAxis('concat', at(inputs, 0), axis) });
}

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

const buildSlice = defineSingle<Range>({
  name: 'slice',
  type([x], { axis, start, end }) {
    const from = at([x], 0);
    if (start < 0 || end <= start || end > sizeOf(from, axis)) {
      throw new GraphError(
        'slice',
        `${start}..${end} is not inside axis ${axis} of ${showShape(from.shape)}`,
      );
    }
    return { shape: replaceDim(from.shape, axis, end - start), dtype: from.dtype };
  },
  onnx: (w, [x], { axis, start, end }) =>
    at(w.node('Slice', [at([x], 0), w.int64([start]), w.int64([end]), w.int64([axis])]), 0),
  gradient: ({ inputs, grad, attributes: { axis, start, end } }) => [
    pad(grad, axis, start, sizeOf(at(inputs, 0), axis) - end),
  ],
});

/** Places start (inside) to end (outside) of one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const front = frontAxis('slice', x, axis);
  return start === 0 && end === x.shape[front] ? x : buildSlice([x], { axis: front, start, end });
}

const buildPad = defineSingle<{ axis: number; before: number; after: number }>({
  name: 'pad',
  type([x], { axis, before, after }) {
    const from = at([x], 0);
    if (before < 0 || after < 0) throw new GraphError('pad', `${before} before and ${after} after`);
    return { shape: replaceDim(from.shape, axis, before + sizeOf(from, axis) + after), dtype: from.dtype };
  },
  onnx(w, [x], { axis, before, after }, inputs) {
    const rank = at(inputs, 0).shape.length;
    const starts = Array.from({ length: rank }, (_, index) => (index === axis ? before : 0));
    const ends = starts.map((_, index) => (index === axis ? after : 0));
    return at(w.node('Pad', [at([x], 0), w.int64([...starts, ...ends])]), 0);
  },
  gradient: ({ inputs, grad, attributes: { axis, before } }) => [
    slice(grad, axis, before, before + sizeOf(at(inputs, 0), axis)),
  ],
});

/** Zeros before and after along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  return before === 0 && after === 0 ? x : buildPad([x], { axis: frontAxis('pad', x, axis), before, after });
}

const buildSplit = defineOp<{ sizes: readonly number[] }>({
  name: 'split',
  types([x], { sizes }) {
    const from = at([x], 0);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (from.shape.length !== 1 || total !== from.shape[0]) {
      throw new GraphError('split', `pieces of ${total} do not make up ${showShape(from.shape)}`);
    }
    return sizes.map((size) => ({ shape: [size], dtype: from.dtype }));
  },
  onnx: (w, [x], { sizes }) =>
    w.node('Split', [at([x], 0), w.int64(sizes)], {
      attributes: { axis: { int: 0 } },
      outputs: sizes.length,
    }),
});

/** Cuts a vector into pieces of the given sizes. */
export function split(x: Tensor, sizes: readonly number[]): readonly Tensor[] {
  return buildSplit([x], { sizes });
}

function replaceDim(shape: Shape, axis: number, dim: Dim): Shape {
  return shape.map((old, index) => (index === axis ? dim : old));
}
