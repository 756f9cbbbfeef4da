import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { opNames } from '#models/graph/define-op.ts';
import { callsInOrder, gradients } from '#models/graph/gradient.ts';
import { attention } from '#models/graph/ops/attention.ts';
import { add, exp, mul, scale } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { concat, reshape, transpose } from '#models/graph/ops/movement.ts';
import { logSoftmax, selectLargest } from '#models/graph/ops/reduce.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { compile, noParameters } from '#models/graph/run.ts';
import { constant, input, integers, scalar, type Tensor } from '#models/graph/tensor.ts';
import { textTokens, type TowerConfig, visionTower } from '#models/nets/clip.ts';
import { embedTokens, llamaDecoder } from '#models/nets/llama.ts';
import { mug } from '#models/nets/mug.ts';
import { project } from '#models/nets/projector.ts';
import { type StanConfig, stanBranch } from '#models/nets/stan.ts';
import { frameEmbeddings, videoTokens } from '#models/nets/video-tokens.ts';
import { type Weights, WeightSet, scope } from '#models/nets/weights.ts';
import { evaluate, references, type Values, values } from '#test/helpers/reference-ops.ts';

function total(x: Tensor): Tensor {
  return reshape(
    sum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [],
  );
}

/** Distinct numbers in (-1, 1), no two nets' alike. */
function waves(shape: readonly number[], phase: number): Values {
  const count = shape.reduce((a, b) => a * b, 1);
  return values(
    shape,
    Array.from({ length: count }, (_, index) => Math.sin(phase + index * 1.3 + index * index * 0.01)),
  );
}

/** The derivative of the loss as each wanted tensor moves in some direction, beside the central difference in float64. */
function assertSlopes(loss: Tensor, wanted: readonly Tensor[], feeds: Readonly<Record<string, Values>>) {
  const directions = wanted.map(({ shape }, index) => waves(shape.map(Number), 50 + index));
  const slopes = gradients(loss, wanted).map((grad, index) => {
    const direction = input(`direction.${index}`, grad.shape);
    return reshape(total(mul(grad, direction)), [1]);
  });
  const named = Object.fromEntries(directions.map((direction, index) => [`direction.${index}`, direction]));
  const analytic = evaluate(concat(slopes, 0), { ...feeds, ...named }).data;
  const step = 1e-5;
  wanted.forEach(({ source }, index) => {
    assert.ok('name' in source);
    const from = feeds[source.name]!;
    const moved = (by: number): number => {
      const data = from.data.map((value, cell) => value + by * directions[index]!.data[cell]!);
      return evaluate(loss, { ...feeds, [source.name]: { ...from, data } }).data[0]!;
    };
    const numeric = (moved(step) - moved(-step)) / (2 * step);
    const error = Math.abs(numeric - analytic[index]!);
    assert.ok(
      error <= 1e-6 * (1 + Math.abs(numeric)),
      `${source.name}: ${analytic[index]}, numerically ${numeric}`,
    );
  });
}

test('every file of ops is loaded here, so that the completeness check sees every op', async () => {
  const folder = join(import.meta.dirname, '../../../models/graph/ops');
  for (const file of readdirSync(folder)) await import(join(folder, file));
  for (const name of opNames()) assert.ok(references[name], `${name} has no reference`);
  assert.equal(new Set(opNames()).size, opNames().length);
});

describe('gradients of graphs, not of single ops', () => {
  const x = input('x', [2, 3]);
  const feeds = { x: waves([2, 3], 1) };

  test('a tensor used many times gathers all its parts', () => {
    const twice = exp(mul(x, x));
    assertSlopes(total(add(mul(twice, x), add(twice, twice))), [x], feeds);
  });

  test('of a value in the middle, and of the loss itself', () => {
    const middle = exp(x);
    const loss = total(mul(middle, middle));
    const [byMiddle, byLoss] = gradients(loss, [middle, loss]);
    const expected = feeds.x.data.map((value) => 2 * Math.exp(value));
    evaluate(byMiddle!, feeds).data.forEach((value, cell) => {
      assert.ok(Math.abs(value - expected[cell]!) < 1e-12);
    });
    assert.equal(evaluate(byLoss!, feeds).data[0], 1);
  });

  test('a frozen part of the net gets no backward pass', () => {
    const frozen = logSoftmax(input('f', [2, 3]), 1);
    const [grad] = gradients(total(mul(frozen, x)), [x]);
    const backward = callsInOrder(grad!).map(({ name }) => name);
    assert.deepEqual(
      backward.filter((name) => name === 'softmax'),
      [],
    );
    assert.equal(backward.filter((name) => name === 'logSoftmax').length, 1);
  });

  test('nothing flows through a choice, and the rest flows around it', () => {
    const chosen = selectLargest(x, 1, 2);
    assert.throws(() => gradients(total(chosen), [x]), /does not depend on x/);
    assertSlopes(total(mul(chosen, x)), [x], feeds);
  });

  test('a chain deeper than the stack', () => {
    let deep: Tensor = x;
    for (let layer = 0; layer < 20_000; layer++) deep = add(deep, x);
    assert.equal(gradients(total(deep), [x]).length, 1);
  });

  test('queries and keys of different number, with a bias for each pair', () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 2),
    );
    fc.assert(
      fc.property(sizes, fc.nat(100), ([batch, rows, columns, heads], phase) => {
        const [q, k, v] = [
          input('q', [batch, rows, 2 * heads]),
          input('k', [batch, columns, 2 * heads]),
          input('v', [batch, columns, 2 * heads]),
        ] as const;
        const bias = constant(waves([rows * columns], phase).data, [1, 1, rows, columns]);
        const y = attention(q, k, v, heads, bias);
        const drawn = Object.fromEntries(
          ['q', 'k', 'v'].map((name, index) => [
            name,
            waves([batch, index === 0 ? rows : columns, 2 * heads], phase + index),
          ]),
        );
        assertSlopes(total(mul(y, y)), [q, k, v], drawn);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the losses that are trained, in float64', () => {
  const tower = { width: 4, heads: 2, mlpWidth: 6, layers: 2, epsilon: 1e-5, imageSize: 4, patchSize: 2 };
  const text = { width: 4, heads: 2, mlpWidth: 6, layers: 1, epsilon: 1e-5, vocabulary: 7, context: 3 };
  const branch = { depth: 2, interval: 1, temporal: 'attention', maxFrames: 3 } as const;
  const [clips, frames] = [2, 2];
  const seenBy = (weights: Weights, below: TowerConfig = tower) => ({
    tower: visionTower(scope(weights, 'vision_model'), input('pixels', [clips * frames, 3, 4, 4]), below),
    clips,
    positions: integers([0, 1]),
  });

  function assertNet(net: (weights: Weights) => Tensor, learns: RegExp) {
    const set = new WeightSet();
    const loss = net(set.get);
    const feeds: Record<string, Values> = { pixels: waves([clips * frames, 3, 4, 4], 0.3) };
    let phase = 1;
    for (const [name, { shape }] of set.tensors) feeds[name] = waves(shape.map(Number), phase++);
    const wanted = [...set.tensors].filter(([name]) => learns.test(name)).map(([, tensor]) => tensor);
    assert.ok(wanted.length > 5);
    assertSlopes(loss, wanted, feeds);
  }

  const activation = 'gelu_pytorch_tanh';
  const siglip = { ...tower, pooling: 'attention', patchBias: true, preNorm: false, activation } as const;
  const branches: [string, StanConfig, TowerConfig][] = [
    ['attention over time', branch, tower],
    ['convolution over time', { ...branch, temporal: 'convolution' }, tower],
    ['nothing over time', { ...branch, temporal: 'none' }, tower],
    ['attention over time, on a SigLIP', branch, siglip],
  ];
  for (const [what, stan, below] of branches) {
    test(`STAN with Mug, ${what}`, () => {
      assertNet((weights) => {
        const seen = seenBy(weights, below);
        const state = stanBranch(weights, seen, below, stan).at(-1)!;
        const videos = frameEmbeddings(weights, seen, state, below, 4);
        const texts = textTokens(weights, integersOf([1, 2, 3, 4, 5, 0], [2, 3]), text, 4);
        const mask = constant([1, 1, 1, 1, 1, 0], [2, 3]);
        const config = { form: 'full', select: { kind: 'softmax' }, tau: 2 } as const;
        const { similarity } = mug(texts, videos, mask, config);
        const agree = constant([1, 0, 0, 1], [2, 2]);
        const losses = [similarity, transpose(similarity, [1, 0])].map((s) =>
          total(mul(logSoftmax(scale(s, 5), 1), agree)),
        );
        return losses.reduce(add, scalar(0));
      }, /^stan\./);
    });
  }

  test('video tokens through the projector and a LLaMA', () => {
    const llm = { vocabulary: 5, width: 4, layers: 1, heads: 2, mlpWidth: 6, epsilon: 1e-5, ropeBase: 100 };
    assertNet((weights) => {
      const tokens = { tap: 'last', tapNorm: 'post', fusion: 'mean', cls: 'last' } as const;
      const video = videoTokens(weights, seenBy(weights), tower, branch, tokens);
      const shown = project(weights, video, { kind: 'mlp', width: 4 });
      const words = embedTokens(weights, integersOf([1, 2, 3, 4, 0, 1, 2, 3, 4, 0], [2, 5]), llm);
      const logits = llamaDecoder(weights, add(shown, words), llm);
      return total(mul(logSoftmax(logits, 2), constant(waves([50], 9).data, [2, 5, 5])));
    }, /^(projector|blk|output|token_embd)/);
  });

  function integersOf(ids: number[], shape: number[]): Tensor {
    return reshape(integers(ids), shape);
  }
});

describe('a graph as it is run', () => {
  test('a size known only when it is run gives what a known size gives', async () => {
    const net = (x: Tensor) => total(matmul(exp(x), constant([1, 2, 3], [3, 1])));
    const feeds = { x: { data: Float32Array.of(0, 1, 2, 3, 4, 5), shape: [2, 3] } };
    const results = [];
    for (const rows of ['T', 2]) {
      const graph = await compile({ y: net(input('x', [rows, 3])) }, () => new Float32Array(), {
        threads: 1,
      });
      results.push((await graph.run(feeds))['y']);
      await graph.release();
    }
    assert.deepEqual(results[0], results[1]);
  });

  test('an output that the graph does not have is refused', async () => {
    const outputs: Record<string, Tensor> = { y: input('x', [2]) };
    const graph = await compile(outputs, noParameters, { threads: 1 });
    const feeds = { x: { data: Float32Array.of(1, 2), shape: [2] } };
    await assert.rejects(graph.run(feeds, ['z']), /z/);
    await graph.release();
  });

  test('a sum over no axes is no sum', async () => {
    const graph = await compile({ y: sum(input('x', [2]), []) }, () => new Float32Array(), { threads: 1 });
    const { y } = await graph.run({ x: { data: Float32Array.of(1, 2), shape: [2] } });
    assert.deepEqual(y, Float32Array.of(1, 2));
    await graph.release();
  });
});
