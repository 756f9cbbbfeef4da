import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Tensor } from 'onnxruntime-node';
import { splitStages } from '#models/formats/onnx/stages.ts';
import { encodeOnnx } from '#models/formats/onnx/write.ts';
import { add, exp, log, mul, neg } from '#models/graph/ops/elementwise.ts';
import { lookup } from '#models/graph/ops/lookup.ts';
import { noParameters } from '#models/graph/run.ts';
import { StagedSession } from '#models/graph/staged-session.ts';
import { constant, input, type Tensor as Value } from '#models/graph/tensor.ts';
import { toOnnx } from '#models/graph/to-onnx.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();

async function open(name: string, outputs: Readonly<Record<string, Value>>): Promise<StagedSession> {
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, encodeOnnx(toOnnx(name, outputs, noParameters)));
  return StagedSession.open(path, { threads: 1 });
}

const feed = (...values: number[]): Tensor =>
  new Tensor('float32', Float32Array.from(values), [values.length]);

describe('a model in stages', () => {
  const x = input('x', ['N']);
  const trunk = exp(x);
  const table = constant([10, 20], [2, 1]);
  /** Fails at run time for an id that the table does not have. */
  const strict = lookup(table, input('ids', ['M'], 'int64'));
  const outputs = { sum: add(trunk, trunk), picked: mul(strict, strict), both: neg(trunk) };

  test('only what the wanted output needs is computed', async () => {
    const session = await open('pruned', outputs);
    const wrong = new Tensor('int64', BigInt64Array.of(9n), [1]);
    const [sum] = await session.run({ x: feed(0, 1), ids: wrong }, ['sum']);
    assert.deepEqual([...(sum!.data as Float32Array)], [2, Math.fround(2 * Math.fround(Math.E))]);
    await assert.rejects(session.run({ x: feed(0), ids: wrong }, ['picked']), /indices/);
    await session.release();
  });

  test('several outputs come in the order in which they are wanted', async () => {
    const session = await open('several', outputs);
    const ids = new Tensor('int64', BigInt64Array.of(1n), [1]);
    const [picked, both] = await session.run({ x: feed(0), ids }, ['picked', 'both']);
    assert.deepEqual([[...(picked!.data as Float32Array)], [...(both!.data as Float32Array)]], [[400], [-1]]);
    await assert.rejects(session.run({ x: feed(0), ids }, ['absent']), RangeError);
    await session.release();
  });

  test('inputs and outputs are those of the whole model', async () => {
    const session = await open('names', outputs);
    assert.deepEqual(session.inputs.map(({ name }) => name).sort(), ['ids', 'x']);
    assert.deepEqual(session.outputs.map(({ name }) => name).sort(), ['both', 'picked', 'sum']);
    await session.release();
  });

  test('each node is in one stage, and none reads what a later one makes', () => {
    const nested = { a: log(trunk), b: exp(log(trunk)), c: mul(exp(exp(trunk)), trunk), x: trunk };
    const stages = splitStages(encodeOnnx(toOnnx('nested', nested, noParameters)));
    assert.ok(stages !== undefined);
    const known = new Set(['x']);
    for (const { inputs, outputs: made } of stages) {
      for (const name of inputs) assert.ok(known.has(name), name);
      for (const name of made) known.add(name);
    }
    for (const name of Object.keys(nested)) assert.ok(known.has(name), name);
  });

  test('a file of another maker is left whole, and what is no model is refused', async () => {
    assert.equal(splitStages(Buffer.from('no model')), undefined);
    const path = join(folder, 'text.onnx');
    await writeFile(path, 'no model');
    await assert.rejects(StagedSession.open(path));
  });
});
