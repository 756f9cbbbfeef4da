import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openGguf } from '#models/formats/gguf/read.ts';
import { ggmlF16, ggmlF32, type GgufValue } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';
import { videoTokenText } from '#models/package/manifest.ts';
import { EmbeddingTable } from '#engine/language/embedding-table.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const shape = { slots: 2, tokensPerClip: 2 };
const width = 4;
const words = ['<s>', 'a', 'b'];

describe('video rows in the vocabulary', () => {
  const folder = tempFolder();

  async function writeVocabulary(name: string, type: number): Promise<string> {
    const rows = words.length + shape.slots * shape.tokensPerClip;
    const video = [0, 1].flatMap((slot) => [0, 1].map((row) => videoTokenText(slot, row)));
    const metadata = new Map<string, GgufValue>([
      ['tokenizer.ggml.tokens', { type: 'array', of: 'string', values: [...words, ...video] }],
    ]);
    const bytes = new Uint8Array(rows * width * (type === ggmlF32 ? 4 : 2));
    const path = join(folder, name);
    await writeGguf(path, metadata, [
      { name: 'token_embd.weight', shape: [rows, width], type, data: () => [bytes] },
    ]);
    return path;
  }

  for (const [name, type] of [
    ['f32.gguf', ggmlF32],
    ['f16.gguf', ggmlF16],
  ] as const) {
    test(`a clip written into ${name} is what its rows hold, and nothing else changes`, async () => {
      const path = await writeVocabulary(name, type);
      const rows = await EmbeddingTable.open(path, shape);
      const data = Float32Array.from({ length: 2 * width }, (_, i) => i - 2.5);
      await rows.write([2, 3], { data, count: 2, width });
      assert.deepEqual([rows.id(0), rows.id(2), rows.id(3)].map(Number), [3, 5, 6]);
      await rows.close();
      const file = await openGguf(path);
      const values = [...(await file.readFloats('token_embd.weight'))];
      await file.close();
      assert.deepEqual(values, [...new Array<number>(5 * width).fill(0), ...data]);
    });
  }

  test('tokens go into the rows they are given, whatever their order', async () => {
    const path = await writeVocabulary('scattered.gguf', ggmlF32);
    const table = await EmbeddingTable.open(path, shape);
    const data = Float32Array.from({ length: 3 * width }, (_, i) => i + 1);
    await table.write([3, 0, 1], { data, count: 3, width });
    await table.close();
    const file = await openGguf(path);
    const values = [...(await file.readFloats('token_embd.weight'))].slice(words.length * width);
    await file.close();
    const [first, second, third] = [0, 1, 2].map((row) => [...data.subarray(row * width, (row + 1) * width)]);
    assert.deepEqual(values, [...second!, ...third!, ...new Array<number>(width).fill(0), ...first!]);
  });

  test('refuses a clip of another shape, and a vocabulary without these slots', async () => {
    const path = await writeVocabulary('other.gguf', ggmlF32);
    const rows = await EmbeddingTable.open(path, shape);
    const wide = { data: new Float32Array(2 * 5), count: 2, width: 5 };
    await assert.rejects(rows.write([0, 1], wide), { code: 'package_invalid' });
    const narrow = { data: new Float32Array(2 * width), count: 2, width };
    for (const wrong of [[0], [0, 1, 2], [3, 4], [-1, 0]])
      await assert.rejects(rows.write(wrong, narrow), RangeError);
    await rows.close();
    await assert.rejects(EmbeddingTable.open(path, { slots: 1, tokensPerClip: 3 }), {
      code: 'package_invalid',
    });
    await assert.rejects(EmbeddingTable.open(path, { slots: 3, tokensPerClip: 2 }), {
      code: 'package_invalid',
    });
    await assert.rejects(EmbeddingTable.open(join(folder, 'absent'), shape), { code: 'package_invalid' });
  });
});
