import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { writeLlamaGguf } from '#models/convert/llama/write-llama-gguf.ts';
import { FormatError } from '#models/formats/format-error.ts';
import { openGguf } from '#models/formats/gguf/read.ts';
import { sentencePieces } from '#test/helpers/llama-folder/pieces.ts';
import { addedToken, tokenizerJson, tokenizerModel } from '#test/helpers/llama-folder/tokenizer-files.ts';
import { writeLlamaFolder } from '#test/helpers/llama-folder/write-llama-folder.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { tinyLlama } from './conversions.ts';

const dir = tempFolder();
const folder = join(dir, 'folder');
const out = join(dir, 'llm.gguf');

before(() => writeLlamaFolder(folder, tinyLlama));

/** Converts the folder with one file of this content: it becomes a GGUF that can be read, or a FormatError and nothing. */
async function survives(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, file), content);
  try {
    await writeLlamaGguf(folder, out, 'f16');
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    assert.ok(!error.message.includes('\n'), error.message);
    assert.deepEqual(readdirSync(dir), ['folder']);
    return;
  }
  await (await openGguf(out)).close();
  await rm(out);
}

/** Bytes with some of them changed, cut off or put in. */
function mutations(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const i = fc.nat({ max: bytes.length });
  const edit = fc.tuple(i, fc.nat({ max: 8 }), fc.uint8Array({ maxLength: 8 }));
  const edited = fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let changed: Uint8Array = bytes;
    for (const [index, gone, put] of edits)
      changed = Buffer.concat([changed.subarray(0, index), put, changed.subarray(index + gone)]);
    return changed;
  });
  return fc.oneof(
    { weight: 4, arbitrary: edited },
    i.map((length) => bytes.subarray(0, length)),
  );
}

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', -1, 0.5, 0, 2 ** 31, 2 ** 53, 1e308, '__proto__', [], {}, '<s>'),
  fc.jsonValue({ maxDepth: 2 }),
);

/** JSON with one value in it replaced, or taken away. */
function oddities(value: unknown): fc.Arbitrary<unknown> {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (keys.length === 0) return odd;
  const entry = (key: string): unknown => Object.entries(value ?? {}).find(([own]) => own === key)?.[1];
  const replaced = fc
    .constantFrom(...keys)
    .chain((key) =>
      oddities(entry(key)).map((other) =>
        Array.isArray(value)
          ? value.map((own, index) => (String(index) === key ? other : own))
          : Object.fromEntries([...Object.entries(value ?? {}), [key, other]]),
      ),
    );
  const taken = fc
    .constantFrom(...keys)
    .map((key) => Object.fromEntries(Object.entries(value ?? {}).filter(([own]) => own !== key)));
  return fc.oneof(
    { weight: 6, arbitrary: replaced },
    { weight: 1, arbitrary: taken },
    { weight: 1, arbitrary: odd },
  );
}

const runs = { numRuns: 100 };

describe('hostile model folders', () => {
  it('with a damaged tokenizer.model', async () => {
    const mutated = mutations(tokenizerModel(sentencePieces));
    await fc.assert(
      fc.asyncProperty(mutated, (bytes) => survives('tokenizer.model', bytes)),
      runs,
    );
    await rm(join(folder, 'tokenizer.model'));
  });

  it('with a damaged tokenizer.json', async () => {
    const whole = {
      ...tokenizerJson(sentencePieces),
      added_tokens: [addedToken(1, '<s>'), addedToken(2, '</s>')],
    };
    const texts = fc.oneof(
      mutations(Buffer.from(JSON.stringify(whole))),
      oddities(whole).map((json) => JSON.stringify(json)),
    );
    await fc.assert(
      fc.asyncProperty(texts, (text) => survives('tokenizer.json', text)),
      runs,
    );
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(whole));
  });

  it('with a damaged config.json', async () => {
    const path = join(folder, 'config.json');
    const bytes = await readFile(path);
    const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse(bytes.toString()));
    const rope = { rope_scaling: { type: 'linear', factor: 2 }, eos_token_id: [2, 3] };
    const whole = { text_config: { ...parsed, ...rope } };
    const texts = fc.oneof(
      mutations(bytes),
      oddities(whole).map((json) => JSON.stringify(json)),
    );
    await fc.assert(
      fc.asyncProperty(texts, (text) => survives('config.json', text)),
      runs,
    );
    await writeFile(path, bytes);
  });

  it('with damaged lists of added tokens', async () => {
    const lists = {
      'added_tokens.json': { '<image>': 1, '▁cat': 300 },
      'tokenizer_config.json': { added_tokens_decoder: { 2: { content: '</s>', special: true } } },
    };
    for (const [file, whole] of Object.entries(lists)) {
      const texts = oddities(whole).map((json) => JSON.stringify(json));
      await fc.assert(
        fc.asyncProperty(texts, (text) => survives(file, text)),
        runs,
      );
      await rm(join(folder, file));
    }
  });

  it('with damaged weights', async () => {
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    await fc.assert(
      fc.asyncProperty(mutations(bytes.subarray(0, 2000)), (start) =>
        survives('model.safetensors', Buffer.concat([start, bytes.subarray(2000)])),
      ),
      runs,
    );
  });
});
