import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { tokenizerJson } from '#models/package/tokenizer-json.ts';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { worldWords } from '#models/world/vocabulary.ts';

const tokenizer = new WordTokenizer(worldWords());

test('known words are one token each, with their space', () => {
  const texts = tokenizer.encode('a red ball?').map((id) => tokenizer.tokens[id]);
  assert.deepEqual(texts, ['a', 'Ġred', 'Ġball', '?']);
});

test('the conversation template is made of known words', () => {
  assert.equal(tokenizer.encode(' Question:').length, 2);
  assert.equal(tokenizer.encode(' Answer:').length, 2);
});

test('unknown words become their bytes, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const printed = tokenizer
        .encode(text)
        .map((id) => tokenizer.tokens[id] ?? '')
        .join('');
      assert.equal([...printed].length, new TextEncoder().encode(text).length);
    }),
  );
});

/** GPT-2's printable bytes back to text: the same table, read the other way round. */
function decoded(ids: readonly number[]): string {
  const visible = (byte: number) => /[!-~\u00a1-\u00ac\u00ae-\u00ff]/.test(String.fromCharCode(byte));
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const moved = all.filter((byte) => !visible(byte));
  const bytes = ids
    .flatMap((id) => [...(tokenizer.tokens[id] ?? '')])
    .map((character) => {
      const code = character.charCodeAt(0);
      return code < 256 ? code : (moved[code - 256] ?? 0);
    });
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

test('what is encoded is decoded again: world words, other words, any characters', () => {
  const words = fc.constantFrom(...worldWords(), ' zeppelin', ' Красный', '\n', '  ', '🐟', '2026');
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      assert.equal(decoded(tokenizer.encode(text)), text);
    }),
  );
});

test('a vocabulary that names a word twice is refused', () => {
  assert.throws(() => new WordTokenizer([' ball', ' ball']), /names a word twice/);
});

test("no text can make a special token: `</s>` typed is four characters' bytes", () => {
  for (const id of tokenizer.encode('</s><s><pad><video_0_0>')) assert.ok(id > tokenizer.pad);
});

test('tokenizer.json gives the same tokens in the Hugging Face library', () => {
  const theirs = new Tokenizer(JSON.parse(tokenizerJson(tokenizer)), {});
  // other words too, to their bytes; not special tokens, which that library reads in any text
  const known = fc.constantFrom(
    ...worldWords(),
    ' zeppelin',
    ' Красный',
    ' été',
    '  ',
    '\n',
    " it's",
    '2026',
  );
  const words = fc.array(known, { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(words, (text) => {
      assert.deepEqual(theirs.encode(text, { add_special_tokens: false }).ids, tokenizer.encode(text));
    }),
    { numRuns: 50 },
  );
});
