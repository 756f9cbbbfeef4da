import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { opNames } from '#models/graph/define-op.ts';
import { gradients } from '#models/graph/gradient.ts';
import { gelu, quickGelu, silu } from '#models/graph/ops/activation.ts';
import { attention } from '#models/graph/ops/attention.ts';
import * as elementwise from '#models/graph/ops/elementwise.ts';
import { lookup } from '#models/graph/ops/lookup.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { concat, pad, reshape, slice, split, transpose } from '#models/graph/ops/movement.ts';
import { layerNorm, rmsNorm, unitLength } from '#models/graph/ops/norm.ts';
import { logSoftmax, mean, selectLargest, softmax } from '#models/graph/ops/reduce.ts';
import { expand, sum } from '#models/graph/ops/sum.ts';
import { compile } from '#models/graph/run.ts';
import { constant, input, integers, type Tensor } from '#models/graph/tensor.ts';
import { evaluate, references, type Values, values } from '#test/helpers/reference-ops.ts';

const { add, div, erf, exp, log, minimum, mul, neg, sigmoid, sqrt, sub, toFloat } = elementwise;

/** A function of some inputs, with shapes drawn at random. */
interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...inputs: Tensor[]) => Tensor;
  /** Inputs kept above this, for functions that need it. */
  readonly above?: number;
}

const size = fc.integer({ min: 1, max: 4 });
const some = fc.tuple(size, size, size);

/** Each op that learns goes through, and the shapes it may meet. */
const cases: Record<string, fc.Arbitrary<Case>> = {
  add: some.map(([a, b, c]) => ({
    shapes: [
      [a, b, c],
      [b, 1],
    ],
    f: add,
  })),
  sub: some.map(([a, b, c]) => ({
    shapes: [
      [b, 1],
      [a, b, c],
    ],
    f: sub,
  })),
  mul: some.map(([a, b, c]) => ({
    shapes: [
      [a, 1, c],
      [b, c],
    ],
    f: mul,
  })),
  div: some.map(([a, b, c]) => ({
    shapes: [
      [a, b, c],
      [1, c],
    ],
    f: div,
    above: 0.5,
  })),
  neg: some.map((shape) => ({ shapes: [shape], f: neg })),
  exp: some.map((shape) => ({ shapes: [shape], f: exp })),
  log: some.map((shape) => ({ shapes: [shape], f: log, above: 0.3 })),
  sqrt: some.map((shape) => ({ shapes: [shape], f: sqrt, above: 0.3 })),
  erf: some.map((shape) => ({ shapes: [shape], f: erf })),
  sigmoid: some.map((shape) => ({ shapes: [shape], f: sigmoid })),
  gelu: some.map((shape) => ({ shapes: [shape], f: gelu })),
  sigmoidGate: fc
    .tuple(some, fc.boolean())
    .map(([shape, quick]) => ({ shapes: [shape], f: quick ? quickGelu : silu })),
  reshape: some.map(([a, b, c]) => ({ shapes: [[a, b, c]], f: (x) => reshape(x, [c, a * b]) })),
  transpose: fc.tuple(some, fc.shuffledSubarray([0, 1, 2], { minLength: 3 })).map(([shape, order]) => ({
    shapes: [shape],
    f: (x) => transpose(x, order),
  })),
  concat: some.map(([a, b, c]) => ({
    shapes: [
      [a, b],
      [a, c],
      [a, 1],
    ],
    f: (...all) => concat(all, -1),
  })),
  slice: some.map(([a, b, c]) => ({ shapes: [[a, b + c, c]], f: (x) => slice(x, 1, b - 1, b - 1 + c) })),
  pad: some.map(([a, b, c]) => ({ shapes: [[a, b, c]], f: (x) => pad(x, 1, c, a) })),
  sum: fc.tuple(some, fc.subarray([0, 1, 2], { minLength: 1 })).map(([shape, axes]) => ({
    shapes: [shape],
    f: (x) => sum(x, axes),
  })),
  expand: some.map(([a, b, c]) => ({ shapes: [[a, 1, c]], f: (x) => expand(x, [a, b, c]) })),
  mean: fc
    .tuple(some, fc.integer({ min: -3, max: 2 }))
    .map(([shape, axis]) => ({ shapes: [shape], f: (x) => mean(x, axis) })),
  softmax: fc.tuple(some, fc.integer({ min: -3, max: 2 })).map(([shape, axis]) => ({
    shapes: [shape],
    f: (x) => softmax(x, axis),
  })),
  logSoftmax: fc.tuple(some, fc.integer({ min: 0, max: 2 })).map(([shape, axis]) => ({
    shapes: [shape],
    f: (x) => logSoftmax(x, axis),
  })),
  matmul: fc
    .tuple(some, size, fc.boolean(), fc.boolean(), fc.constantFrom('both', 'weight', 'left'))
    .map(([[m, k, n], batch, transposeA, transposeB, batched]) => ({
      shapes: [
        [...(batched === 'weight' ? [batch, 2] : [batch, 1]), ...(transposeA ? [k, m] : [m, k])],
        [
          ...(batched === 'weight' ? [] : batched === 'both' ? [batch, 2] : [2]),
          ...(transposeB ? [n, k] : [k, n]),
        ],
      ],
      f: (a, b) => matmul(a, b, { transposeA, transposeB }),
    })),
  layerNorm: some.map(([a, b, c]) => ({
    shapes: [[a, b, c + 2], [c + 2], [c + 2]],
    f: (x, g, s) => layerNorm(x, g, s, 1e-5),
  })),
  attention: fc.tuple(some, fc.constantFrom(1, 2), fc.boolean()).map(([[b, s, d], heads, masked]) => ({
    shapes: [
      [b, s, d * heads],
      [b, s, d * heads],
      [b, s, d * heads],
    ],
    f: (q, k, v) =>
      attention(
        q,
        k,
        v,
        heads,
        masked
          ? constant(
              Array.from({ length: s * s }, (_, i) => (i % s > i / s ? -1e9 : 0)),
              [1, 1, s, s],
            )
          : undefined,
      ),
  })),
  lookup: some.map(([a, b, c]) => ({
    shapes: [[a + 1, b]],
    f: (x) => lookup(x, integers(Array.from({ length: c + 2 }, (_, i) => i % (a + 1)))),
  })),
  composed: some.map(([a, b, c]) => ({
    shapes: [[a, b, c + 1], [c + 1]],
    f: (x, w) => unitLength(add(rmsNorm(x, w, 1e-5), x)),
    above: 0.2,
  })),
};

/** Ops that no gradient goes through, and why. */
const withoutGradient: Record<string, string> = {
  minimum: 'bounds gradients, is not trained through',
  split: 'cuts the flat parameters, whose gradients are taken piece by piece',
  standardise: 'a part of the gradient of layerNorm',
  scatterAdd: 'is the gradient of lookup',
  cast: 'integers have no gradient',
  selectLargest: 'which entries are largest does not change under small changes',
};

/** The loss: outputs times fixed weights, so that every output counts differently. */
function lossOf(output: Tensor): Tensor {
  const count = output.shape.reduce<number>((product, dim) => product * Number(dim), 1);
  const weights = constant(
    Array.from({ length: count }, (_, index) => Math.fround(Math.sin(index + 1))),
    [count],
  );
  return reshape(sum(mul(reshape(output, [count]), weights), [0]), []);
}

function drawInputs({ shapes, above }: Case, seed: number): Record<string, Values> {
  let state = seed + 1;
  const draw = (): number => {
    state = (state * 48271) % 2147483647;
    const unit = Math.fround(state / 2147483647);
    return above === undefined ? unit * 3 - 1.5 : above + unit * 2;
  };
  return Object.fromEntries(
    shapes.map((shape, index) => [
      `x${index}`,
      values(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw)),
    ]),
  );
}

function graphOf({ shapes, f }: Case): { inputs: Tensor[]; output: Tensor } {
  const inputs = shapes.map((shape, index) => input(`x${index}`, shape));
  return { inputs, output: f(...inputs) };
}

describe('gradient rules against central differences in float64', () => {
  for (const [name, shapes] of Object.entries(cases)) {
    test(name, () => {
      fc.assert(
        fc.property(shapes, fc.nat(1e6), (drawn, seed) => {
          const { inputs, output } = graphOf(drawn);
          const loss = lossOf(output);
          const feeds = drawInputs(drawn, seed);
          const grads = gradients(loss, inputs);
          inputs.forEach((_, index) => {
            const key = `x${index}`;
            const analytic = evaluate(grads[index]!, feeds);
            const position = feeds[key]!;
            const step = 1e-5;
            position.data.forEach((value, cell) => {
              const moved = (to: number): number =>
                evaluate(loss, { ...feeds, [key]: { ...position, data: position.data.with(cell, to) } })
                  .data[0]!;
              const numeric = (moved(value + step) - moved(value - step)) / (2 * step);
              const error = Math.abs(numeric - analytic.data[cell]!);
              assert.ok(
                error <= 1e-7 * (1 + Math.abs(numeric)),
                `${key}[${cell}]: ${analytic.data[cell]}, numerically ${numeric}`,
              );
            });
          });
        }),
        { numRuns: 12 },
      );
    });
  }
});

describe('ops as onnxruntime computes them', () => {
  for (const [name, shapes] of Object.entries(cases)) {
    test(`${name} and its gradient`, async () => {
      await fc.assert(
        fc.asyncProperty(shapes, fc.nat(1e6), async (drawn, seed) => {
          const { inputs, output } = graphOf(drawn);
          const feeds = drawInputs(drawn, seed);
          const grads = gradients(lossOf(output), inputs);
          const outputs = Object.fromEntries([
            ['y', output] as const,
            ...grads.map((grad, i) => [`g${i}`, grad] as const),
          ]);
          await assertRunsAs(outputs, feeds);
        }),
        { numRuns: 2 },
      );
    });
  }

  test('ops without a gradient', async () => {
    const x = input('x0', [3, 4]);
    const feeds = drawInputs({ shapes: [[3, 4]], f: neg }, 7);
    const pieces = split(reshape(x, [12]), [5, 7]);
    await assertRunsAs(
      {
        bounded: minimum(x, constant([0.25], [1])),
        first: pieces[0]!,
        second: pieces[1]!,
        largest: selectLargest(x, -1, 2),
        cast: toFloat(x),
      },
      feeds,
    );
  });
});

async function assertRunsAs(outputs: Record<string, Tensor>, feeds: Record<string, Values>): Promise<void> {
  const graph = await compile(outputs, () => new Float32Array(), { threads: 1 });
  try {
    const fed = Object.entries(feeds).map(
      ([key, { shape, data }]) => [key, { shape, data: Float32Array.from(data) }] as const,
    );
    const results = await graph.run(Object.fromEntries(fed));
    for (const [key, tensor] of Object.entries(outputs)) {
      const expected = evaluate(tensor, feeds);
      const actual = results[key]!;
      assert.equal(actual.length, expected.data.length);
      expected.data.forEach((value, cell) => {
        const error = Math.abs(value - actual[cell]!);
        assert.ok(
          error <= 2e-4 * (1 + Math.abs(value)),
          `${key}[${cell}] is ${actual[cell]}, ${value} expected`,
        );
      });
    }
  } finally {
    await graph.release();
  }
}

test('every op has a reference, and a gradient check or a reason for none', () => {
  for (const name of opNames()) {
    assert.ok(references[name], `${name} has no reference`);
    assert.ok(
      cases[name] !== undefined || withoutGradient[name] !== undefined,
      `${name} has no gradient check`,
    );
  }
});

test('by hand: d(x y + y)/dx = y, d/dy = x + 1', () => {
  const [x, y] = [input('x', []), input('y', [])];
  const [dx, dy] = gradients(add(mul(x, y), y), [x, y]);
  const feeds = { x: values([], [3]), y: values([], [5]) };
  assert.equal(evaluate(dx!, feeds).data[0], 5);
  assert.equal(evaluate(dy!, feeds).data[0], 4);
});
