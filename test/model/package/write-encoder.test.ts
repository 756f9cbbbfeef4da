import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { add } from '#models/graph/ops/elementwise.ts';
import { openSession } from '#models/graph/session.ts';
import { StagedSession } from '#models/graph/staged-session.ts';
import { input, type Tensor } from '#models/graph/tensor.ts';
import { linear, linearNoBias } from '#models/nets/layers.ts';
import { WeightSet, scope } from '#models/nets/weights.ts';
import { quantiseMatrix } from '#models/package/quantise-matrix.ts';
import { type Precision, writeEncoder } from '#models/package/write-encoder.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

/** Two linear layers and a table that is added: what is a matrix and what only looks like one. */
function net(width: number): Record<'y', Tensor> {
  const weights = new WeightSet().get;
  const x = add(input('x', [2, width]), weights('table', [2, width]));
  return { y: linearNoBias(scope(weights, 'second'), linear(scope(weights, 'first'), x, width), 8) };
}

const wave = async (name: string, shape: readonly number[]): Promise<Float32Array> =>
  Float32Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => Math.sin(i * 0.7 + name.length) / 8,
  );

async function written(dir: string, width: number, precision: Precision): Promise<Float32Array> {
  await writeEncoder(dir, 'net.onnx', net(width), wave, precision);
  const session = await openSession(join(dir, 'net.onnx'), { threads: 1 });
  const x = Float32Array.from({ length: 2 * width }, (_, i) => Math.cos(i));
  const { y } = await session.run({ x: new OrtTensor('float32', x, [2, width]) });
  await session.release();
  return Float32Array.from(y!.data as Float32Array);
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('writing an encoder', () => {
  test('small weights lie inside the graph', async () => {
    const dir = tempFolder();
    await written(dir, 64, 'f32');
    assert.deepEqual(await readdir(dir), ['net.onnx']);
  });

  test('large weights lie beside it and give the same numbers', async () => {
    const dir = tempFolder();
    const width = 4200; // 70 MB in the first layer
    const y = await written(dir, width, 'f32');
    assert.deepEqual((await readdir(dir)).sort(), ['net.onnx', 'net.onnx.data']);
    assert.ok((await stat(join(dir, 'net.onnx'))).size < 10_000);
    // the same by hand
    const [table, w1, b1, w2] = await Promise.all([
      wave('table', [2, width]),
      wave('first.weight', [width, width]),
      wave('first.bias', [width]),
      wave('second.weight', [8, width]),
    ]);
    const product = (x: Float64Array, w: Float32Array, rows: number) =>
      Float64Array.from({ length: rows }, (_, n) =>
        x.reduce((sum, v, k) => sum + v * w[n * x.length + k]!, 0),
      );
    const x = Float64Array.from({ length: width }, (_, i) => Math.cos(i) + table[i]!);
    const hidden = product(x, w1, width).map((v, i) => v + b1[i]!);
    const off = product(hidden, w2, 8).map((v, i) => Math.abs(v - y[i]!) / (1 + Math.abs(v)));
    assert.ok(Math.max(...off) < 1e-3, `off by ${Math.max(...off)}`);
  });

  test('int8 stores the matrices of linear layers only, and computes nearly the same', async () => {
    const [exact, dir] = [await written(tempFolder(), 512, 'f32'), tempFolder()];
    const quick = await written(dir, 512, 'int8');
    assert.ok(cosine(exact, quick) > 0.999, `cosine ${cosine(exact, quick)}`);
    assert.notDeepEqual(exact, quick);
    const { size } = await stat(join(dir, 'net.onnx.data'));
    const floats = 4 * (2 * 512 + 512 + 512 + 8); // table, bias, two rows of scales
    assert.ok(
      size >= 512 * 512 + 8 * 512 + floats && size < 512 * 512 + 8 * 512 + floats + 6 * 64,
      `${size}`,
    );
  });

  test('a weight of another size fails by its name', async () => {
    const short = async (name: string, shape: readonly number[]) =>
      (await wave(name, shape)).subarray(name === 'table' ? 1 : 0);
    await assert.rejects(writeEncoder(tempFolder(), 'net.onnx', net(16), short), /table/);
    await assert.rejects(writeEncoder(tempFolder(), 'net.onnx', net(16), short, 'int8'), /table/);
  });
});

test('a quantised matrix is off by half a step at most, and never uses the eighth bit', () => {
  const matrices = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 })).chain(([n, k]) =>
    fc.record({
      n: fc.constant(n),
      k: fc.constant(k),
      values: fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: n * k, maxLength: n * k }),
    }),
  );
  fc.assert(
    fc.property(matrices, ({ n, k, values }) => {
      const { matrix, scales } = quantiseMatrix(Float32Array.from(values), n, k);
      for (let row = 0; row < n; row++) {
        const scale = scales[row]!;
        assert.ok(scale > 0 && Number.isFinite(scale));
        for (let column = 0; column < k; column++) {
          const q = matrix[column * n + row]!;
          assert.ok(Math.abs(q) <= 63);
          assert.ok(Math.abs(q * scale - values[row * k + column]!) <= 0.501 * scale);
        }
      }
    }),
  );
});

for (const precision of ['f32', 'int8'] as const) {
  test(`stages of a model find its ${precision} weights in the file beside it`, async () => {
    const dir = tempFolder();
    const weights = new WeightSet().get;
    // above the size that is kept inside
    const width = precision === 'f32' ? 4200 : 64;
    const trunk = linearNoBias(scope(weights, 'trunk'), input('x', [1, width]), width);
    const head = (name: string): Tensor => linearNoBias(scope(weights, name), trunk, 8);
    await writeEncoder(dir, 'net.onnx', { one: head('first'), other: head('second') }, wave, precision);
    assert.deepEqual((await readdir(dir)).sort(), ['net.onnx', 'net.onnx.data']);
    const feeds = { x: new OrtTensor('float32', new Float32Array(width).fill(0.1), [1, width]) };
    const staged = await StagedSession.open(join(dir, 'net.onnx'), { threads: 1 });
    const [other] = await staged.run(feeds, ['other']);
    await staged.release();
    const whole = await openSession(join(dir, 'net.onnx'), { threads: 1 });
    const expected = await whole.run(feeds, ['other']);
    await whole.release();
    assert.deepEqual(other?.data, expected['other']?.data);
  });
}
