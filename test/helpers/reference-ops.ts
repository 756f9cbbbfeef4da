import assert from 'node:assert/strict';
import { callsInOrder } from '#models/graph/gradient.ts';
import type { Tensor } from '#models/graph/tensor.ts';
import { erf } from './erf.ts';

/** A tensor's values in float64: the oracle beside which ops and their gradients are checked. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

type Reference = (inputs: readonly Values[], attributes: never) => readonly Values[];

export function values(shape: readonly number[], data: ArrayLike<number>): Values {
  assert.equal(data.length, volume(shape));
  return { shape, data: Float64Array.from(data) };
}

function volume(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Index vector of a flat place. */
function unravel(i: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = i % shape[axis]!;
    i = Math.floor(i / shape[axis]!);
  }
  return index;
}

function ravel(index: readonly number[], shape: readonly number[]): number {
  return shape.reduce((i, dim, axis) => i * dim + index[axis]!, 0);
}

function build(shape: readonly number[], valueAt: (index: number[]) => number): Values {
  return {
    shape,
    data: Float64Array.from({ length: volume(shape) }, (_, i) => valueAt(unravel(i, shape))),
  };
}

/** Reads `x` at an index of a shape it broadcasts to. */
function broadcastRead(x: Values, index: readonly number[]): number {
  const own = index.slice(index.length - x.shape.length).map((i, axis) => (x.shape[axis] === 1 ? 0 : i));
  return x.data[ravel(own, x.shape)]!;
}

function broadcast(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, i) =>
    Math.max(...shapes.map((shape) => shape[i - rank + shape.length] ?? 1)),
  );
}

function binary(f: (a: number, b: number) => number): Reference {
  return ([a, b]) => [
    build(broadcast(a!.shape, b!.shape), (index) => f(broadcastRead(a!, index), broadcastRead(b!, index))),
  ];
}

function unary(f: (x: number) => number): Reference {
  return ([x]) => [{ shape: x!.shape, data: x!.data.map(f) }];
}

/** Along one axis: each line of `x` through `f`. */
function lines(x: Values, axis: number, f: (line: number[]) => number[]): Values {
  const out = new Float64Array(x.data.length);
  const size = x.shape[axis]!;
  const inner = volume(x.shape.slice(axis + 1));
  for (let outer = 0; outer < volume(x.shape.slice(0, axis)); outer++) {
    for (let i = 0; i < inner; i++) {
      const offsetOf = (step: number): number => (outer * size + step) * inner + i;
      const line = f(Array.from({ length: size }, (_, step) => x.data[offsetOf(step)]!));
      line.forEach((value, step) => {
        out[offsetOf(step)] = value;
      });
    }
  }
  return { shape: x.shape, data: out };
}

function softmaxLine(line: number[]): number[] {
  const top = Math.max(...line);
  const exps = line.map((value) => Math.exp(value - top));
  const total = exps.reduce((a, b) => a + b);
  return exps.map((value) => value / total);
}

function matmul(a: Values, b: Values, transposed: { a: boolean; b: boolean }): Values {
  const [m, k] = transposed.a ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const n = transposed.b ? b.shape.at(-2)! : b.shape.at(-1)!;
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return build([...batch, m, n], (index) => {
    const outer = index.slice(0, -2);
    const [row, column] = [index.at(-2)!, index.at(-1)!];
    let total = 0;
    for (let step = 0; step < k; step++) {
      const left = broadcastRead(a, [...outer, ...(transposed.a ? [step, row] : [row, step])]);
      total += left * broadcastRead(b, [...outer, ...(transposed.b ? [column, step] : [step, column])]);
    }
    return total;
  });
}

function normalised(line: number[], epsilon: number): { standard: number[]; inverse: number } {
  const mean = line.reduce((a, b) => a + b) / line.length;
  const variance = line.reduce((total, value) => total + (value - mean) ** 2, 0) / line.length;
  const inverse = 1 / Math.sqrt(variance + epsilon);
  return { standard: line.map((value) => (value - mean) * inverse), inverse };
}

function attention([q, k, v, bias]: readonly Values[], { heads }: { heads: number }): Values {
  const [batch, rows, width] = q!.shape as [number, number, number];
  const columns = k!.shape[1]!;
  const size = width / heads;
  return build([batch, rows, width], ([b, row, i]) => {
    const head = Math.floor(i! / size);
    const line = Array.from({ length: columns }, (_, column) => {
      let dot = 0;
      for (let d = head * size; d < (head + 1) * size; d++) {
        dot += q!.data[ravel([b!, row!, d], q!.shape)]! * k!.data[ravel([b!, column, d], k!.shape)]!;
      }
      return dot / Math.sqrt(size) + (bias === undefined ? 0 : broadcastRead(bias, [0, 0, row!, column]));
    });
    return softmaxLine(line).reduce(
      (total, weight, column) => total + weight * v!.data[ravel([b!, column, i!], v!.shape)]!,
      0,
    );
  });
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What each op of models/graph computes, by its name. */
export const references: Readonly<Record<string, Reference>> = {
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  minimum: binary(Math.min),
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  erf: unary(erf),
  sigmoid: unary(sigmoid),
  cast: unary((x) => x),
  gelu: unary((x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2),
  sigmoidGate: ([x], { alpha }: { alpha: number }) => [
    { shape: x!.shape, data: x!.data.map((v) => v * sigmoid(alpha * v)) },
  ],
  reshape: ([x], { shape }: { shape: number[] }) => [{ shape, data: x!.data }],
  transpose: ([x], { order }: { order: number[] }) => [
    build(
      order.map((axis) => x!.shape[axis]!),
      (index) => {
        const from = new Array<number>(order.length);
        order.forEach((axis, i) => {
          from[axis] = index[i]!;
        });
        return x!.data[ravel(from, x!.shape)]!;
      },
    ),
  ],
  concat: (inputs, { axis }: { axis: number }) => {
    const shape = inputs[0]!.shape.map((dim, i) =>
      i === axis ? inputs.reduce((total, { shape }) => total + shape[axis]!, 0) : dim,
    );
    return [
      build(shape, (index) => {
        let i = index[axis]!;
        const part = inputs.find(({ shape }) => {
          if (i < shape[axis]!) return true;
          i -= shape[axis]!;
          return false;
        });
        return part!.data[ravel(index.with(axis, i), part!.shape)]!;
      }),
    ];
  },
  slice: ([x], { axis, start, end }: { axis: number; start: number; end: number }) => [
    build(
      x!.shape.with(axis, end - start),
      (index) => x!.data[ravel(index.with(axis, index[axis]! + start), x!.shape)]!,
    ),
  ],
  pad: ([x], { axis, before, after }: { axis: number; before: number; after: number }) => [
    build(x!.shape.with(axis, before + x!.shape[axis]! + after), (index) => {
      const i = index[axis]! - before;
      return i < 0 || i >= x!.shape[axis]! ? 0 : x!.data[ravel(index.with(axis, i), x!.shape)]!;
    }),
  ],
  split: ([x], { sizes }: { sizes: number[] }) => {
    let start = 0;
    return sizes.map((size) => {
      start += size;
      return values([size], x!.data.subarray(start - size, start));
    });
  },
  sum: ([x], { axes }: { axes: number[] }) => {
    const out = new Float64Array(volume(x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))));
    const shape = x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    x!.data.forEach((value, i) => {
      const index = unravel(i, x!.shape).map((position, axis) => (axes.includes(axis) ? 0 : position));
      out[ravel(index, shape)]! += value;
    });
    return [{ shape, data: out }];
  },
  expand: ([x], { shape }: { shape: number[] }) => [build(shape, (index) => broadcastRead(x!, index))],
  mean: ([x], { axis }: { axis: number }) => {
    const shape = x!.shape.with(axis, 1);
    return [
      build(shape, (index) => {
        let total = 0;
        for (let position = 0; position < x!.shape[axis]!; position++)
          total += x!.data[ravel(index.with(axis, position), x!.shape)]!;
        return total / x!.shape[axis]!;
      }),
    ];
  },
  softmax: ([x], { axis }: { axis: number }) => [lines(x!, axis, softmaxLine)],
  logSoftmax: ([x], { axis }: { axis: number }) => [
    lines(x!, axis, (line) => softmaxLine(line).map(Math.log)),
  ],
  selectLargest: ([x], { axis, count }: { axis: number; count: number }) => [
    lines(x!, axis, (line) => {
      const least = [...line].sort((a, b) => b - a)[Math.min(count, line.length) - 1]!;
      const chosen = line.map((value) => Number(value >= least));
      return chosen.map((mark) => mark / chosen.reduce((a, b) => a + b));
    }),
  ],
  matmul: ([a, b], { transposed }: { transposed: { a: boolean; b: boolean } }) => [
    matmul(a!, b!, transposed),
  ],
  layerNorm: ([x, gain, shift], { epsilon }: { epsilon: number }) => [
    lines(x!, x!.shape.length - 1, (line) =>
      normalised(line, epsilon).standard.map(
        (value, position) => value * gain!.data[position]! + shift!.data[position]!,
      ),
    ),
  ],
  standardise: ([x], { epsilon }: { epsilon: number }) => {
    const last = x!.shape.length - 1;
    const inverse: number[] = [];
    const standard = lines(x!, last, (line) => {
      const result = normalised(line, epsilon);
      inverse.push(result.inverse);
      return result.standard;
    });
    return [standard, values([...x!.shape.slice(0, -1), 1], inverse)];
  },
  attention: (inputs, attributes: { heads: number }) => [attention(inputs, attributes)],
  lookup: ([table, ids]) => [
    build([...ids!.shape, table!.shape[1]!], (index) => {
      const row = ids!.data[ravel(index.slice(0, -1), ids!.shape)]!;
      return table!.data[row * table!.shape[1]! + index.at(-1)!]!;
    }),
  ],
  scatterAdd: ([rows, ids], { rows: count }: { rows: number }) => {
    const width = rows!.shape[1]!;
    const out = new Float64Array(count * width);
    ids!.data.forEach((row, i) => {
      for (let d = 0; d < width; d++) out[row * width + d]! += rows!.data[i * width + d]!;
    });
    return [{ shape: [count, width], data: out }];
  },
};

/** Computes a graph in float64; `feeds` by input and parameter name. */
export function evaluate(root: Tensor, feeds: Readonly<Record<string, Values>>): Values {
  const results = new Map<object, readonly Values[]>();
  const computed = (tensor: Tensor): Values => {
    const { source } = tensor;
    if (source.kind === 'op') return results.get(source.call)![source.output]!;
    if (source.kind === 'constant')
      return values(tensor.shape.map(Number), Array.from<number | bigint, number>(source.data, Number));
    const fed = feeds[source.name];
    assert.ok(fed, `${source.name} is not fed`);
    return fed;
  };
  for (const call of callsInOrder(root)) {
    const reference = references[call.name];
    assert.ok(reference, `no reference for ${call.name}`);
    results.set(call, reference(call.inputs.map(computed), call.attributes as never));
  }
  return computed(root);
}
