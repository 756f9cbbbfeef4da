import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { byteCharacters } from '#models/package/byte-characters.ts';
import { worldWords } from '#models/world/vocabulary.ts';
import { wordsOf } from '#engine/retrieval/words.ts';

const tokenizer = new WordTokenizer(worldWords());
const entriesOf = (text: string): string[] => tokenizer.encode(text).map((id) => tokenizer.tokens[id] ?? '');

test('a known word is its token, an unknown one all of its bytes, and punctuation stands apart', () => {
  assert.deepEqual(wordsOf(entriesOf('a red ball, zut?')), [
    { text: 'a', from: 0, to: 1 },
    { text: 'red', from: 1, to: 2 },
    { text: 'ball', from: 2, to: 3 },
    { text: ',', from: 3, to: 4 },
    { text: 'zut', from: 4, to: 8 },
    { text: '?', from: 8, to: 9 },
  ]);
});

test('what one token holds is one word', () => {
  assert.deepEqual(wordsOf([byteCharacters('it'), "'ll", byteCharacters(' go')]), [
    { text: 'it', from: 0, to: 1 },
    { text: "'ll", from: 1, to: 2 },
    { text: 'go', from: 2, to: 3 },
  ]);
});

test('CLIP marks where words end, not where they begin', () => {
  assert.deepEqual(wordsOf(['a</w>', 'zeppe', 'lin</w>', '?!</w>']), [
    { text: 'a', from: 0, to: 1 },
    { text: 'zeppelin', from: 1, to: 3 },
    { text: '?!', from: 3, to: 4 },
  ]);
});

test('letters of several bytes are put together, and one that is cut off is no mistake', () => {
  const entries = [...byteCharacters('?đỏ 🐟')];
  assert.deepEqual(wordsOf(entries), [
    { text: '?', from: 0, to: 1 },
    { text: 'đỏ', from: 1, to: 6 },
    { text: '🐟', from: 6, to: 11 },
  ]);
  assert.deepEqual(wordsOf(entries.slice(0, -1)).at(-1), { text: '\ufffd', from: 6, to: 10 });
});

test('words follow each other in the order of their tokens, and lose none but spaces', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.array(fc.constantFrom(...worldWords(), ' Красный', ' ?', "'ll")).map((words) => words.join('')),
  );
  fc.assert(
    fc.property(text, fc.nat(40), (text, kept) => {
      const entries = entriesOf(text).slice(0, kept);
      const words = wordsOf(entries);
      let end = 0;
      for (const { from, to } of words) {
        assert.equal(from, end);
        assert.ok(to > from && to <= entries.length);
        end = to;
      }
      const said = words.map((word) => word.text).join('');
      if (entries.length === entriesOf(text).length) {
        assert.equal(said, Buffer.from(text).toString().replaceAll(/\s/gu, ''));
      }
    }),
  );
});

test('nothing has no words', () => {
  assert.deepEqual(wordsOf([]), []);
  assert.deepEqual(wordsOf(entriesOf('   ')), []);
});
