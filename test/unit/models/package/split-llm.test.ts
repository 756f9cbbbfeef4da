import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { type GgufFile, openGguf } from '../../../../models/formats/gguf/read.ts';
import { ggmlF16, ggmlF32, type GgufValue } from '../../../../models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '../../../../models/formats/gguf/write.ts';
import { floatToHalf } from '../../../../models/formats/half.ts';
import { splitLlm } from '../../../../models/package/split-llm.ts';
import { tempFolder } from '../../../helpers/temp-folder.ts';

const folder = tempFolder();
const input = join(folder, 'input.gguf');
const [body, vocabulary] = ['llm-00001-of-00002.gguf', 'llm-00002-of-00002.gguf'].map((name) =>
  join(folder, name),
) as [string, string];

const embd = Float32Array.of(1, 2, 3, 4, 5, 6);
const asBytes = (values: Float32Array | Uint16Array) => () => [new Uint8Array(values.buffer)];
const f32 = (name: string, shape: readonly number[], values: Float32Array): TensorToWrite => ({
  ...{ name, shape, type: ggmlF32, data: asBytes(values) },
});
const table = f32('token_embd.weight', [3, 2], embd);
/** Half floats are copied, not decoded: these bits are a NaN with a payload. */
const odd = new Uint16Array([0x7e01, 0x0001, 0x8000, 0x3c00, 0xfc00, 0x1234]);
const output: TensorToWrite = { name: 'output.weight', shape: [3, 2], type: ggmlF16, data: asBytes(odd) };
const norm = f32('output_norm.weight', [2], Float32Array.of(7, 8));

function metadata(model: 'llama' | 'gpt2'): Map<string, GgufValue> {
  const spm = model === 'llama';
  return new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['llama.vocab_size', { type: 'uint32', value: 3 }],
    ['llama.rope.freq_base', { type: 'float32', value: 10_000 }],
    ['tokenizer.ggml.model', { type: 'string', value: model }],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', values: ['<s>', '</s>', 'a'] }],
    ['tokenizer.ggml.token_type', { type: 'array', of: 'int32', values: [3, 3, 1] }],
    ...(spm
      ? [['tokenizer.ggml.scores', { type: 'array', of: 'float32', values: [0, 0, -1] }] as const]
      : []),
  ]);
}

async function split(source: Map<string, GgufValue>, tensors: readonly TensorToWrite[]): Promise<GgufFile> {
  await writeGguf(input, source, tensors);
  await splitLlm({ input, outDir: folder, slots: 2, tokensPerClip: 2 });
  return openGguf(body);
}

function list(llm: GgufFile, key: string): unknown {
  const value = llm.metadata.get(key);
  return value?.type === 'array' ? value.values : value;
}

const bytesOf = async (llm: GgufFile, name: string) => Buffer.from(await llm.readBytes(name)).toString('hex');
const zeros = (bytes: number) => Buffer.alloc(bytes).toString('hex');
const hex = (values: Float32Array | Uint16Array) =>
  Buffer.from(new Uint8Array(values.buffer)).toString('hex');

describe('splitLlm', () => {
  test('puts the embeddings alone in the second file, zero rows behind them; the rest stays byte for byte', async () => {
    const llm = await split(metadata('llama'), [table, norm, output]);
    assert.deepEqual(
      [...llm.tensors.values()].map(({ name, path, shape, type }) => [name, path, shape, type]),
      [
        ['output_norm.weight', body, [2], ggmlF32],
        ['output.weight', body, [7, 2], ggmlF16],
        ['token_embd.weight', vocabulary, [7, 2], ggmlF32],
      ],
    );
    assert.equal(await bytesOf(llm, 'token_embd.weight'), hex(embd) + zeros(4 * 2 * 4));
    assert.equal(await bytesOf(llm, 'output.weight'), hex(odd) + zeros(4 * 2 * 2));
    assert.equal(await bytesOf(llm, 'output_norm.weight'), hex(Float32Array.of(7, 8)));
    await llm.close();
  });

  for (const model of ['llama', 'gpt2'] as const) {
    test(`declares the rows as control tokens of a ${model} vocabulary`, async () => {
      const llm = await split(metadata(model), [table, output]);
      const rows = ['<video_0_0>', '<video_0_1>', '<video_1_0>', '<video_1_1>'];
      assert.deepEqual(list(llm, 'tokenizer.ggml.tokens'), ['<s>', '</s>', 'a', ...rows]);
      assert.deepEqual(list(llm, 'tokenizer.ggml.token_type'), [3, 3, 1, 3, 3, 3, 3]);
      const scores = model === 'llama' ? [0, 0, -1, 0, 0, 0, 0] : undefined;
      assert.deepEqual(list(llm, 'tokenizer.ggml.scores'), scores);
      assert.equal(llm.number('llama.vocab_size'), 7);
      assert.equal(llm.number('llama.rope.freq_base'), 10_000);
      await llm.close();
    });
  }

  test('makes tied embeddings an output of their own, and keeps half floats half', async () => {
    const half = floatToHalf(embd);
    const tied: TensorToWrite = { ...table, type: ggmlF16, data: asBytes(half) };
    const llm = await split(metadata('gpt2'), [tied]);
    assert.equal(llm.tensor('output.weight').path, body);
    for (const name of ['output.weight', 'token_embd.weight']) {
      assert.equal(llm.tensor(name).type, ggmlF16);
      assert.equal(await bytesOf(llm, name), hex(half) + zeros(4 * 2 * 2));
    }
    await llm.close();
  });

  test('gives other embeddings llama.cpp can map half floats', async () => {
    const one = Uint8Array.of(0x00, 0x3c, ...new Array<number>(32).fill(2)); // Q8_0: scale 1, all twos
    const q8: TensorToWrite = { name: table.name, shape: [3, 32], type: 8, data: () => [one, one, one] };
    const llm = await split(metadata('gpt2'), [q8]);
    assert.equal(llm.tensor('token_embd.weight').type, ggmlF16);
    assert.deepEqual(
      (await llm.readFloats('token_embd.weight')).subarray(0, 96),
      new Float32Array(96).fill(2),
    );
    const copied = await llm.readBytes('output.weight');
    assert.deepEqual([copied.length, copied[0], copied[1], copied[102]], [7 * 34, 0x00, 0x3c, 0]);
    await llm.close();
  });

  test('takes a model that is split already', async () => {
    await (await split(metadata('gpt2'), [table, output])).close();
    const outDir = join(folder, 'again');
    mkdirSync(outDir);
    await splitLlm({ input: body, outDir, slots: 1, tokensPerClip: 1 });
    const llm = await openGguf(join(outDir, basename(body)));
    assert.deepEqual(llm.tensor('token_embd.weight').shape, [8, 2]);
    await llm.close();
  });

  test('refuses embeddings it cannot decode before it copies anything', async () => {
    const q4: TensorToWrite = {
      ...{ name: table.name, shape: [3, 32], type: 2, data: () => [new Uint8Array(3 * 18)] },
    };
    const outDir = join(folder, 'untouched');
    mkdirSync(outDir);
    await writeGguf(input, metadata('gpt2'), [q4, norm]);
    await assert.rejects(splitLlm({ input, outDir, slots: 1, tokensPerClip: 1 }), { code: 'unsupported' });
    assert.deepEqual(readdirSync(outDir), []);
  });

  test('makes a 64-bit vocabulary size larger as well', async () => {
    const source = metadata('gpt2').set('llama.vocab_size', { type: 'uint64', value: 3n });
    const llm = await split(source, [table]);
    assert.deepEqual(llm.metadata.get('llama.vocab_size'), { type: 'uint64', value: 7n });
    await llm.close();
  });

  test('refuses a model whose rows the token list does not name, and leaves no file half written', async () => {
    const missing = metadata('gpt2');
    missing.delete('tokenizer.ggml.tokens');
    const short = metadata('gpt2').set('tokenizer.ggml.tokens', {
      type: 'array',
      of: 'string',
      values: ['a'],
    });
    for (const source of [missing, short])
      await assert.rejects(split(source, [table]), { name: 'PackageError', message: /token/ });
    await assert.rejects(split(metadata('gpt2'), [norm]), { code: 'no_such_tensor' });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.part')),
      [],
    );
  });
});
