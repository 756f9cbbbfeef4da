import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type GgufFile, openGguf } from '#models/formats/gguf/read.ts';
import { dequantise } from '#models/formats/gguf/dequantise.ts';
import { ggmlF16, ggmlF32, type GgufValue, tensorTypes } from '#models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '#models/formats/gguf/write.ts';
import { floatToHalf, halfToFloat } from '#models/formats/half.ts';
import { splitLlm } from '#models/package/split-llm.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const input = join(folder, 'input.gguf');
const [body, embeddings] = ['llm-00001-of-00002.gguf', 'llm-00002-of-00002.gguf'].map((name) =>
  join(folder, name),
) as [string, string];

const embd = Float32Array.of(1, 2, 3, 4, 5, 6);
const asBytes = (values: Float32Array | Uint16Array) => () => [new Uint8Array(values.buffer)];
const f32 = (name: string, shape: readonly number[], values: Float32Array): TensorToWrite => ({
  name,
  shape,
  type: ggmlF32,
  data: asBytes(values),
});
const table = f32('token_embd.weight', [3, 2], embd);
/** Half floats are copied, not decoded: these bits are a NaN with a payload. */
const odd = new Uint16Array([0x7e01, 0x0001, 0x8000, 0x3c00, 0xfc00, 0x1234]);
const output: TensorToWrite = { name: 'output.weight', shape: [3, 2], type: ggmlF16, data: asBytes(odd) };
/** Of each type a row of one block: half-float scales (1/16), the other bytes alike. */
const quantised = {
  Q8_0: { type: 8, width: 32, block: [0x00, 0x2c] },
  Q4_0: { type: 2, width: 32, block: [0x00, 0x2c] },
  Q4_K: { type: 12, width: 256, block: [0x00, 0x2c, 0x00, 0x2c] },
};
const norm = f32('output_norm.weight', [2], Float32Array.of(7, 8));

const vocabulary: ReadonlyMap<string, GgufValue> = new Map<string, GgufValue>([
  ['general.architecture', { type: 'string', value: 'llama' }],
  ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
  ['tokenizer.ggml.tokens', { type: 'array', of: 'string', values: ['<s>', '</s>', 'a'] }],
]);

async function split(
  source: ReadonlyMap<string, GgufValue>,
  tensors: readonly TensorToWrite[],
): Promise<GgufFile> {
  await writeGguf(input, source, tensors);
  await splitLlm({ input, outDir: folder, slots: 2, tokensPerClip: 2 });
  return openGguf(body);
}

const bytesOf = async (llm: GgufFile, name: string) => Buffer.from(await llm.readBytes(name)).toString('hex');
const zeros = (bytes: number) => Buffer.alloc(bytes).toString('hex');
const hex = (values: Float32Array | Uint16Array) =>
  Buffer.from(new Uint8Array(values.buffer)).toString('hex');

describe('splitLlm', () => {
  test('puts the embeddings alone in the second file, zero rows behind them; the rest stays byte for byte', async () => {
    const llm = await split(vocabulary, [table, norm, output]);
    assert.deepEqual(
      [...llm.tensors.values()].map(({ name, path, shape, type }) => [name, path, shape, type]),
      [
        ['output_norm.weight', body, [2], ggmlF32],
        ['output.weight', body, [7, 2], ggmlF16],
        ['token_embd.weight', embeddings, [7, 2], ggmlF32],
      ],
    );
    assert.equal(await bytesOf(llm, 'token_embd.weight'), hex(embd) + zeros(4 * 2 * 4));
    assert.equal(await bytesOf(llm, 'output.weight'), hex(odd) + zeros(4 * 2 * 2));
    assert.equal(await bytesOf(llm, 'output_norm.weight'), hex(Float32Array.of(7, 8)));
    await llm.close();
  });

  test('makes tied embeddings an output of their own, and keeps half floats half', async () => {
    const half = floatToHalf(embd);
    const tied: TensorToWrite = { ...table, type: ggmlF16, data: asBytes(half) };
    const llm = await split(vocabulary, [tied]);
    assert.equal(llm.tensor('output.weight').path, body);
    for (const name of ['output.weight', 'token_embd.weight']) {
      assert.equal(llm.tensor(name).type, ggmlF16);
      assert.equal(await bytesOf(llm, name), hex(half) + zeros(4 * 2 * 2));
    }
    await llm.close();
  });

  for (const [name, { type, width, block }] of Object.entries(quantised)) {
    test(`writes ${name} embeddings as half floats; tied, their output rows stay ${name}, the clips' empty`, async () => {
      const { blockBytes = 0 } = tensorTypes.get(type) ?? {};
      const bytes = new Uint8Array(3 * blockBytes).fill(0x5a);
      for (let row = 0; row < 3; row++) bytes.set(block, row * blockBytes);
      const tied: TensorToWrite = { name: table.name, shape: [3, width], type, data: () => [bytes] };
      const llm = await split(vocabulary, [tied]);
      const embedded = await llm.readFloats('token_embd.weight');
      const words = dequantise(type, bytes) ?? new Float32Array();
      assert.ok(words.length === 3 * width && words.every((value) => value !== 0));
      assert.equal(llm.tensor('token_embd.weight').type, ggmlF16);
      assert.deepEqual(embedded.subarray(0, 3 * width), halfToFloat(floatToHalf(words)));
      assert.ok(embedded.subarray(3 * width).every((value) => value === 0));
      // a logit is a product with a row: of zeros it is 0 whatever the hidden state is
      const { path, shape } = llm.tensor('output.weight');
      assert.deepEqual([path, shape, llm.tensor('output.weight').type], [body, [7, width], type]);
      const rows = await llm.readFloats('output.weight');
      assert.deepEqual(rows.subarray(0, 3 * width), words);
      assert.ok(rows.length === 7 * width && rows.subarray(3 * width).every((value) => value === 0));
      await llm.close();
    });
  }

  test('puts rows behind a table of many pieces, each row in its place', async () => {
    const [words, width] = [700, 4096];
    const values = Float32Array.from({ length: words * width }, (_, index) => (index % 4093) / 4096);
    const names = Array.from({ length: words }, (_, id) => `t${id}`);
    const source = new Map(vocabulary).set('tokenizer.ggml.tokens', {
      type: 'array',
      of: 'string',
      values: names,
    });
    const llm = await split(source, [f32(table.name, [words, width], values)]);
    const found = await llm.readFloats('token_embd.weight');
    assert.equal(found.length, (words + 4) * width);
    const [kept, behind] = [found.subarray(0, values.length), found.subarray(values.length)];
    assert.ok(kept.every((value, index) => value === values[index]));
    assert.ok(behind.every((value) => value === 0));
    await llm.close();
  });

  const bfloat = (name: string, values: Float32Array): TensorToWrite => {
    const bits = new Uint32Array(values.buffer);
    return { name, shape: [3, 2], type: 30, data: asBytes(Uint16Array.from(bits, (word) => word >>> 16)) };
  };
  for (const [what, wrong, problem] of [
    ['NaN', f32(table.name, [3, 2], Float32Array.of(1, 2, Number.NaN, 4, 5, 6)), /holds NaN/],
    ['infinity', f32(table.name, [3, 2], Float32Array.of(1, 2, 3, -Infinity, 5, 6)), /holds -Infinity/],
    [
      'more than F16 can',
      bfloat(table.name, Float32Array.of(1, 2, 3, 4, 5, 1e6)),
      /holds 999424, more than F16/,
    ],
  ] as const) {
    test(`refuses embeddings that hold ${what} and writes nothing`, async () => {
      const outDir = join(folder, what);
      mkdirSync(outDir);
      await writeGguf(input, vocabulary, [wrong, norm]);
      const named = new RegExp(`input\\.gguf: token_embd\\.weight ${problem.source}`);
      await assert.rejects(splitLlm({ input, outDir, slots: 1, tokensPerClip: 1 }), {
        name: 'FormatError',
        code: 'malformed',
        message: named,
      });
      assert.deepEqual(readdirSync(outDir), []);
    });
  }

  test('refuses tables of another shape', async () => {
    const flat = f32(table.name, [6], embd);
    await assert.rejects(split(vocabulary, [flat]), { code: 'malformed', message: /embd.weight is \[6\]/ });
    const short = f32('output.weight', [2, 3], embd);
    await assert.rejects(split(vocabulary, [table, short]), {
      code: 'malformed',
      message: /output.weight is \[2, 3\], not \[3, 2\]/,
    });
  });

  test('takes a model in parts, the embeddings in any of them', async () => {
    const part = (number: number) => join(folder, `parts-0000${number}-of-00003.gguf`);
    for (const [index, tensor] of [norm, table, output].entries()) {
      const keys = new Map<string, GgufValue>([
        ['split.no', { type: 'uint16', value: index }],
        ['split.count', { type: 'uint16', value: 3 }],
        ['split.tensors.count', { type: 'int32', value: 3 }],
      ]);
      const own = index === 0 ? new Map([...vocabulary, ...keys]) : keys;
      await writeGguf(part(index + 1), own, [tensor]);
    }
    await splitLlm({ input: part(1), outDir: folder, slots: 2, tokensPerClip: 2 });
    const llm = await openGguf(body);
    assert.deepEqual([llm.number('split.count'), llm.number('split.tensors.count')], [2, 3]);
    assert.equal(await bytesOf(llm, 'token_embd.weight'), hex(embd) + zeros(4 * 2 * 4));
    assert.equal(await bytesOf(llm, 'output.weight'), hex(odd) + zeros(4 * 2 * 2));
    assert.equal(await bytesOf(llm, 'output_norm.weight'), hex(Float32Array.of(7, 8)));
    await llm.close();
  });

  test('needs token embeddings', async () => {
    await assert.rejects(split(vocabulary, [norm]), { code: 'no_such_tensor', message: /token_embd/ });
  });

  test('refuses embeddings it cannot decode before it copies anything', async () => {
    const iq1: TensorToWrite = {
      name: table.name,
      shape: [3, 256],
      type: 19,
      data: () => [new Uint8Array(3 * 50)],
    };
    const outDir = join(folder, 'untouched');
    mkdirSync(outDir);
    await writeGguf(input, vocabulary, [iq1, norm]);
    await assert.rejects(splitLlm({ input, outDir, slots: 1, tokensPerClip: 1 }), { code: 'unsupported' });
    assert.deepEqual(readdirSync(outDir), []);
  });
});
