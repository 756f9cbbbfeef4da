import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openGguf } from '#models/formats/gguf/read.ts';
import type { GgufValue } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';
import { withVideoTokens } from '#models/package/video-vocabulary.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const input = join(tempFolder(), 'input.gguf');
const sizeKey = 'llama.vocab_size';
const [tokens, types, scores] = ['tokens', 'token_type', 'scores'].map(
  (list) => `tokenizer.ggml.${list}`,
) as [string, string, string];
const rows = 3;

function list(of: 'string' | 'int32' | 'float32', ...values: (string | number)[]): GgufValue {
  return { type: 'array', of, values };
}

const whole: ReadonlyMap<string, GgufValue> = new Map<string, GgufValue>([
  ['general.architecture', { type: 'string', value: 'llama' }],
  [sizeKey, { type: 'uint32', value: rows }],
  ['llama.rope.freq_base', { type: 'float32', value: 10_000 }],
  [tokens, list('string', '<s>', '</s>', 'a')],
  [types, list('int32', 3, 3, 1)],
  [scores, list('float32', 0, 0, -1)],
]);
const without = (...keys: string[]) => new Map([...whole].filter(([key]) => !keys.includes(key)));

/** Two clips of two tokens behind the vocabulary of a file with this metadata. */
async function extended(metadata: ReadonlyMap<string, GgufValue>): Promise<Map<string, GgufValue>> {
  await writeGguf(input, metadata, []);
  const llm = await openGguf(input);
  try {
    return withVideoTokens(llm, rows, 2, 2);
  } finally {
    await llm.close();
  }
}

const video = ['<video_0_0>', '<video_0_1>', '<video_1_0>', '<video_1_1>'];

describe('withVideoTokens', () => {
  test('declares the rows as control tokens and keeps the rest', async () => {
    const expected = new Map(whole)
      .set(sizeKey, { type: 'uint32', value: 7 })
      .set(tokens, list('string', '<s>', '</s>', 'a', ...video))
      .set(types, list('int32', 3, 3, 1, 3, 3, 3, 3))
      .set(scores, list('float32', 0, 0, -1, 0, 0, 0, 0));
    assert.deepEqual(await extended(whole), expected);
  });

  test('adds no scores and no size where there are none', async () => {
    const metadata = await extended(without(scores, sizeKey));
    assert.ok(!metadata.has(scores) && !metadata.has(sizeKey));
    assert.deepEqual(metadata.get(tokens), list('string', '<s>', '</s>', 'a', ...video));
  });

  test('writes absent token types out: those of the vocabulary are normal', async () => {
    const metadata = await extended(without(types));
    assert.deepEqual(metadata.get(types), list('int32', 1, 1, 1, 3, 3, 3, 3));
  });

  test('makes a 64-bit vocabulary size larger as well', async () => {
    const metadata = await extended(without().set(sizeKey, { type: 'uint64', value: 3n }));
    assert.deepEqual(metadata.get(sizeKey), { type: 'uint64', value: 7n });
  });

  const wrong: [what: string, metadata: Map<string, GgufValue>, named: RegExp][] = [
    ['no token list', without(tokens), /tokens has 0 entries for 3/],
    ['a short token list', without().set(tokens, list('string', 'a')), /tokens has 1 entries for 3/],
    ['tokens that are numbers', without().set(tokens, list('int32', 1, 2, 3)), /tokens has 0 entries/],
    ['a short type list', without().set(types, list('int32', 1)), /token_type has 1 entries/],
    ['types that are texts', without().set(types, list('string', 'a', 'b', 'c')), /token_type has 0/],
    ['a long score list', without().set(scores, list('float32', 1, 2, 3, 4)), /scores has 4 entries/],
  ];
  for (const [what, metadata, named] of wrong) {
    test(`refuses ${what}`, async () => {
      await assert.rejects(extended(metadata), { name: 'PackageError', code: 'invalid', message: named });
    });
  }
});
