import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readOnnxWeights } from '#models/formats/onnx/read.ts';
import { encodeOnnx, type OnnxInitializer } from '#models/formats/onnx/write.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const path = join(tempFolder(), 'some.onnx');

function write(...initializers: OnnxInitializer[]): void {
  writeFileSync(path, encodeOnnx({ name: 'some', nodes: [], inputs: [], outputs: [], initializers }));
}

describe('weights inside an ONNX file', () => {
  test('are read with their shapes, floats only', async () => {
    const values = Float32Array.of(1.5, -2, 3e-8, 4, 5, 6);
    const data = new Uint8Array(values.buffer);
    const ids = new Uint8Array(BigInt64Array.of(7n).buffer);
    write(
      { name: 'a', dtype: 'float32', shape: [2, 3], data },
      { name: 'ids', dtype: 'int64', shape: [1], data: ids },
      { name: 'one', dtype: 'float32', shape: [], data: data.subarray(0, 4) },
    );
    const weights = await readOnnxWeights(path);
    assert.deepEqual([...weights.keys()], ['a', 'one']);
    assert.deepEqual(weights.get('a'), { shape: [2, 3], data: values });
    assert.deepEqual(weights.get('one'), { shape: [], data: Float32Array.of(1.5) });
  });

  test('that lie in another file are refused, and so is a file that is no model', async () => {
    write({
      name: 'far',
      dtype: 'float32',
      shape: [1],
      data: { location: 'some.data', offset: 0, length: 4 },
    });
    await assert.rejects(readOnnxWeights(path), {
      code: 'unsupported',
      message: /keeps far in another file/,
    });
    writeFileSync(path, 'no model');
    await assert.rejects(readOnnxWeights(path), { code: 'malformed', message: /is no ONNX model/ });
  });
});
