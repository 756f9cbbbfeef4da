import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { matmul } from '#models/graph/ops/matmul.ts';
import { mul, sub } from '#models/graph/ops/elementwise.ts';
import { reshape } from '#models/graph/ops/movement.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { input } from '#models/graph/tensor.ts';
import { loadCheckpoint } from '#models/train/checkpoint.ts';
import {
  checkpointFile,
  finishedWeights,
  OutOfTime,
  runStage,
  scheduledRate,
} from '#models/train/run-stage.ts';
import type { Batch, Stage } from '#models/train/stage.ts';
import { Trainer } from '#models/train/trainer.ts';
import { adamW } from '#models/train/training-step.ts';
import { randomFrom } from '#models/world/random.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const rows = 4;

/** Learns y = x W with W near [1, -2]: two inputs, one output. */
function toyStage(): Stage {
  return {
    name: 'toy',
    steps: 60,
    peakRate: 0.2,
    warmup: 3,
    seed: 5,
    adamW,
    groups: [{ name: 'all', matches: () => true, rate: 1, weightDecay: 0.01 }],
    objective(weights) {
      const guess = matmul(input('x', [rows, 2]), weights('w.weight', [2, 1]));
      const miss = sub(guess, input('y', [rows, 1]));
      return { loss: reshape(sum(mul(miss, miss), [0, 1]), []), metrics: {} };
    },
    batch(step) {
      const random = randomFrom(`toy/${step}`);
      const x = Float32Array.from({ length: rows * 2 }, () => random.uniform(-1, 1));
      const y = Float32Array.from({ length: rows }, (_, row) => x[row * 2]! - 2 * x[row * 2 + 1]!);
      return { x: { data: x, shape: [rows, 2] }, y: { data: y, shape: [rows, 1] } };
    },
  };
}

describe('a stage', () => {
  const folder = tempFolder();
  const forever = { threads: 1, until: Number.POSITIVE_INFINITY };

  test('learns, and its checkpoint says so', async () => {
    const weights = await runStage(toyStage(), new Map(), { dir: join(folder, 'whole'), ...forever });
    const [a, b] = weights.get('w.weight') ?? [];
    assert.ok(Math.abs(a! - 1) < 0.1 && Math.abs(b! + 2) < 0.1, `learned ${a}, ${b}`);
    assert.deepEqual(await finishedWeights(join(folder, 'whole'), 'toy'), weights);
  });

  test('cut and gone on with, ends with the very same weights', async () => {
    const dir = join(folder, 'cut');
    // time is up after every single step
    for (let step = 1; step < 60; step++) {
      await assert.rejects(runStage(toyStage(), new Map(), { dir, threads: 1, until: 0 }), OutOfTime);
      const found = await loadCheckpoint(checkpointFile(dir, 'toy'));
      assert.equal(found?.state.step, step);
      assert.equal(found?.finished, false);
      if (step === 3) break;
    }
    await assert.rejects(finishedWeights(dir, 'toy'), /not trained yet/);
    const resumed = await runStage(toyStage(), new Map(), { dir, ...forever });
    assert.deepEqual(resumed, await finishedWeights(join(folder, 'whole'), 'toy'));
  });

  test('a finished stage is not trained again', async () => {
    const stage = { ...toyStage(), batch: () => assert.fail('asked for a batch') };
    await runStage(stage, new Map(), { dir: join(folder, 'whole'), ...forever });
  });

  test('a loss that is no number ends the run', async () => {
    const stage = toyStage();
    const poisoned = {
      ...stage,
      batch: (step: number) => ({
        ...stage.batch(step),
        y: { data: new Float32Array(rows).fill(Number.NaN), shape: [rows, 1] },
      }),
    };
    await assert.rejects(
      runStage(poisoned, new Map(), { dir: join(folder, 'nan'), ...forever }),
      /no number/,
    );
  });
});

function floatsOf(batch: Batch, name: string): Float32Array {
  const data = batch[name]?.data;
  assert.ok(data instanceof Float32Array);
  return data;
}

test('AdamW steps as Loshchilov & Hutter write them', async () => {
  const stage = toyStage();
  const start = new Map([['w.weight', Float32Array.of(0.5, 0.25)]]);
  const trainer = await Trainer.create({ ...stage, start, threads: 1 });
  const w = [0.5, 0.25];
  const [m, v] = [
    [0, 0],
    [0, 0],
  ];
  for (let step = 1; step <= 5; step++) {
    const batch = await stage.batch(step);
    const [x, y] = [floatsOf(batch, 'x'), floatsOf(batch, 'y')];
    const grad = [0, 0];
    for (let row = 0; row < rows; row++) {
      const miss = x[row * 2]! * w[0]! + x[row * 2 + 1]! * w[1]! - y[row]!;
      grad[0]! += 2 * miss * x[row * 2]!;
      grad[1]! += 2 * miss * x[row * 2 + 1]!;
    }
    const shrink = Math.min(1, adamW.clipNorm / Math.hypot(...grad));
    grad.forEach((raw, index) => {
      const g = raw * shrink;
      m[index] = adamW.beta1 * m[index]! + (1 - adamW.beta1) * g;
      v[index] = adamW.beta2 * v[index]! + (1 - adamW.beta2) * g * g;
      const direction =
        m[index]! /
        (1 - adamW.beta1 ** step) /
        (Math.sqrt(v[index]! / (1 - adamW.beta2 ** step)) + adamW.epsilon);
      w[index]! -= 0.01 * (direction + 0.01 * w[index]!);
    });
    await trainer.run(batch, 0.01);
  }
  const learned = trainer.weights().get('w.weight')!;
  for (const [index, value] of w.entries()) {
    assert.ok(Math.abs(value - learned[index]!) < 1e-5, `${learned[index]}, ${value} by hand`);
  }
  await trainer.release();
});

test('a frozen weight without a value is an error, not a random number', async () => {
  await assert.rejects(
    Trainer.create({ ...toyStage(), groups: [], start: new Map() }),
    /frozen w\.weight has no value/,
  );
});

test('the rate warms up, peaks and ends at zero', () => {
  const shape = { steps: 100, peakRate: 1, warmup: 10 };
  assert.equal(scheduledRate(0, shape), 0.1);
  assert.equal(scheduledRate(10, shape), 1);
  assert.ok(scheduledRate(99, shape) < 0.001);
});
