import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RetrievalManifest } from '#models/package/manifest.ts';
import { tokenizerJson } from '#models/package/tokenizer-json.ts';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { captionFeeds } from '#models/train/texts.ts';
import { worldWords } from '#models/world/vocabulary.ts';
import { TextTokenizer } from '#engine/retrieval/text-tokenizer.ts';
import { AppError } from '#errors';
import { clipTokenizerJson } from '#bench/public-weights/clip-tokenizer.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const manifest: RetrievalManifest = { width: 4, context: 12, start: 0, end: 1, pad: 2, logitScale: 100 };

async function load(name: string, json: string, retrieval = manifest): Promise<TextTokenizer> {
  const path = join(folder, name);
  await writeFile(path, json);
  return TextTokenizer.load({ path: () => path }, retrieval);
}

/** CLIP's tokenizer with a vocabulary of bytes and a few words. */
function clipTokenizer(): { json: string; start: number; end: number; entries: string[] } {
  const merged = [
    ['r', 'e'],
    ['re', 'd</w>'],
    ['b', 'a'],
    ['l', 'l</w>'],
    ['ba', 'll</w>'],
  ] as const;
  const json = clipTokenizerJson(2 * 256 + merged.length + 2, merged);
  const entries: string[] = [];
  for (const [entry, id] of Object.entries<number>(json.model.vocab)) entries[id] = entry;
  return { json: JSON.stringify(json), start: entries.length - 2, end: entries.length - 1, entries };
}

test('a caption gets the very ids that the text tower was trained on', async () => {
  const words = new WordTokenizer(worldWords());
  const tokenizer = await load('words.json', tokenizerJson(words));
  const caption = 'a red ball moving to the left';
  const { ids } = captionFeeds([caption], words, manifest.context);
  const encoded = tokenizer.encode(caption);
  assert.deepEqual(encoded.ids.map(BigInt), [...(ids?.data ?? [])].slice(0, encoded.ids.length));
  assert.deepEqual(
    encoded.words.map(({ text, from }) => `${from} ${text}`),
    ['1 a', '2 red', '3 ball', '4 moving', '5 to', '6 the', '7 left'],
  );
});

test('CLIP: lower case, start and end around it, and what is too long is cut before the end', async () => {
  const { json, start, end, entries } = clipTokenizer();
  const tokenizer = await load('clip.json', json, { ...manifest, start, end, context: 6 });
  const { ids, words } = tokenizer.encode('A  RED ball?');
  assert.deepEqual(
    ids.map((id) => entries[id]),
    ['<|startoftext|>', 'a</w>', 'red</w>', 'ball</w>', '?</w>', '<|endoftext|>'],
  );
  assert.deepEqual(words.at(-1), { text: '?', from: 4, to: 5 });
  const long = tokenizer.encode('a red red red red ball');
  assert.deepEqual(
    long.ids.map((id) => entries[id]),
    ['<|startoftext|>', 'a</w>', 'red</w>', 'red</w>', 'red</w>', '<|endoftext|>'],
  );
  assert.equal(long.words.length, 4);
});

test('texts are cleaned as CLIP cleans them, and cut at the length that the package names', async () => {
  const { json, start, end, entries } = clipTokenizer();
  const tokenizer = await load('short.json', json, { ...manifest, start, end, maxTextLength: 5 });
  const { ids } = tokenizer.encode('red &amp;amp; ball red red');
  assert.deepEqual(
    ids.map((id) => entries[id]),
    ['<|startoftext|>', 'red</w>', '&</w>', 'ball</w>', '<|endoftext|>'],
  );
});

test('no text is too odd, too long or too clever: ids of the vocabulary, one start, one end', async () => {
  const { json, start, end, entries } = clipTokenizer();
  const tokenizer = await load('odd.json', json, { ...manifest, start, end });
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('<|endoftext|>', '<|startoftext|> <|endoftext|>', '\0', 'x'.repeat(5000), '\ud800'),
  );
  fc.assert(
    fc.property(odd, (text) => {
      const { ids, words } = tokenizer.encode(text);
      assert.ok(ids.length <= manifest.context && ids.every((id) => entries[id] !== undefined));
      assert.deepEqual([ids[0], ids.at(-1)], [start, end]);
      assert.ok(ids.slice(1, -1).every((id) => id !== start && id !== end));
      assert.ok(words.every(({ from, to }) => from >= 1 && to <= ids.length - 1));
    }),
    { numRuns: 60 },
  );
});

test('what is no tokenizer is refused by name', async () => {
  for (const json of ['', '{}', '[]', 'null', '{"model":{"type":"Elephant"}}']) {
    await assert.rejects(load('broken.json', json), (error: unknown) => {
      assert.ok(error instanceof AppError && error.code === 'package_invalid');
      assert.match(error.message, /^tokenizer\.json of the model package cannot be read/);
      return true;
    });
  }
});
