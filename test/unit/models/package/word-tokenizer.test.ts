import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { tokenizerJson } from '../../../../models/package/tokenizer-json.ts';
import { WordTokenizer } from '../../../../models/package/word-tokenizer.ts';
import { worldWords } from '../../../../models/world/vocabulary.ts';

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

test("no text can make a special token: `</s>` typed is four characters' bytes", () => {
  for (const id of tokenizer.encode('</s><s><pad><video_0_0>')) assert.ok(id > tokenizer.pad);
});

test('tokenizer.json gives the same tokens in the Hugging Face library', () => {
  const theirs = new Tokenizer(JSON.parse(tokenizerJson(tokenizer)), {});
  const words = fc.array(fc.constantFrom(...worldWords()), { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(words, (text) => {
      assert.deepEqual(theirs.encode(text, { add_special_tokens: false }).ids, tokenizer.encode(text));
    }),
    { numRuns: 50 },
  );
});
