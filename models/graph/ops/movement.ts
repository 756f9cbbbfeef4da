import { defineOp, defineSingle, frontAxis, type OutputType, type Unary } from '../define-op.ts';
import type { Dim, Shape, Tensor } from '../tensor.ts';
import { dimOf, GraphError, showShape, sizeOf } from '../tensor.ts';
import { at } from '#core/at.ts';

/** Known sizes multiplied, unknown ones listed: what a reshape must keep. `T/2` (`halveDim`) counts as half a `T`. */
function countOf(shape: Shape): string {
  const factor = (dim: Dim): number => (typeof dim === 'number' ? dim : dim.endsWith('/2') ? 0.5 : 1);
  const known = shape.reduce<number>((product, dim) => product * factor(dim), 1);
  const unknown = shape.flatMap((dim) => (typeof dim === 'string' ? dim.replace(/\/2$/, '') : [])).sort();
  return [known, ...unknown].join(' x ');
}

/** As ONNX's Reshape reads sizes: 0 is that of the same axis before, -1 the one that is left to find out. */
function sizesAtRun(from: Shape, to: Shape): number[] {
  return to.map((dim, axis) => (typeof dim === 'number' ? dim : dim === from[axis] ? 0 : -1));
}

const buildReshape = defineSingle<Unary, { shape: Shape }>({
  name: 'reshape',
  type([x], { shape }) {
    if (countOf(x.shape) !== countOf(shape)) {
      throw new GraphError('reshape', `${showShape(x.shape)} does not fill ${showShape(shape)}`);
    }
    if (sizesAtRun(x.shape, shape).filter((size) => size === -1).length > 1) {
      throw new GraphError('reshape', `${showShape(shape)} has more than one size to find out`);
    }
    return { shape, dtype: x.dtype };
  },
  onnx: (w, [x], { shape }, [from]) => w.node('Reshape', [x, w.int64(sizesAtRun(from.shape, shape))]),
  gradient: ({ inputs: [x], grad }) => [reshape(grad, x.shape)],
});

export function reshape(x: Tensor, shape: Shape): Tensor {
  return buildReshape([x], { shape });
}

const buildTranspose = defineSingle<Unary, { order: readonly number[] }>({
  name: 'transpose',
  type([x], { order }) {
    if (
      [...order].sort((a, b) => a - b).some((axis, index) => axis !== index) ||
      order.length !== x.shape.length
    ) {
      throw new GraphError('transpose', `[${order}] does not order the axes of ${showShape(x.shape)}`);
    }
    return { shape: order.map((axis) => dimOf(x, axis)), dtype: x.dtype };
  },
  onnx: (w, names, { order }) => w.node('Transpose', names, { attributes: { perm: { ints: order } } }),
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

const buildConcat = defineSingle<readonly Tensor[], { axis: number }>({
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
  onnx: (w, names, { axis }) => w.node('Concat', names, { attributes: { axis: { int: axis } } }),
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

const buildSlice = defineSingle<Unary, Range>({
  name: 'slice',
  type([x], { axis, start, end }) {
    const inside = isCount(start) && isCount(end) && start < end && end <= sizeOf(x, axis);
    if (!inside) {
      throw new GraphError('slice', `${start}..${end} is not inside axis ${axis} of ${showShape(x.shape)}`);
    }
    return { shape: replaceDim(x.shape, axis, end - start), dtype: x.dtype };
  },
  onnx: (w, [x], { axis, start, end }) =>
    w.node('Slice', [x, w.int64([start]), w.int64([end]), w.int64([axis])]),
  gradient: ({ inputs: [x], grad, attributes: { axis, start, end } }) => [
    pad(grad, axis, start, sizeOf(x, axis) - end),
  ],
});

/** Indices start (inclusive) to end (exclusive) of one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const front = frontAxis('slice', x, axis);
  return start === 0 && end === x.shape[front] ? x : buildSlice([x], { axis: front, start, end });
}

const buildPad = defineSingle<Unary, { axis: number; before: number; after: number }>({
  name: 'pad',
  type([x], { axis, before, after }) {
    if (!isCount(before) || !isCount(after)) {
      throw new GraphError('pad', `${before} before and ${after} after`);
    }
    return { shape: replaceDim(x.shape, axis, before + sizeOf(x, axis) + after), dtype: x.dtype };
  },
  onnx(w, [x], { axis, before, after }, [from]) {
    const rank = from.shape.length;
    const starts = Array.from({ length: rank }, (_, index) => (index === axis ? before : 0));
    const ends = starts.map((_, index) => (index === axis ? after : 0));
    return w.node('Pad', [x, w.int64([...starts, ...ends])]);
  },
  gradient: ({ inputs: [x], grad, attributes: { axis, before } }) => [
    slice(grad, axis, before, before + sizeOf(x, axis)),
  ],
});

/** Zeros before and after along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  return before === 0 && after === 0 ? x : buildPad([x], { axis: frontAxis('pad', x, axis), before, after });
}

const buildSplit = defineOp<Unary, readonly OutputType[], { sizes: readonly number[] }>({
  name: 'split',
  types([x], { sizes }) {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (x.shape.length !== 1 || total !== x.shape[0]) {
      throw new GraphError('split', `pieces of ${total} do not make up ${showShape(x.shape)}`);
    }
    return sizes.map((size) => ({ shape: [size], dtype: x.dtype }));
  },
  onnx: (w, [x], { sizes }) =>
    w.nodes('Split', [x, w.int64(sizes)], sizes, { attributes: { axis: { int: 0 } } }),
});

/** Cuts a vector into pieces of the given sizes. */
export function split(x: Tensor, sizes: readonly number[]): readonly Tensor[] {
  return buildSplit([x], { sizes });
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function replaceDim(shape: Shape, axis: number, dim: Dim): Shape {
  return shape.map((old, index) => (index === axis ? dim : old));
}
