import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Token, tokenType } from '#models/convert/llama/token.ts';
import type { Llama } from '#test/helpers/llama-folder/llama.ts';
import { madeUpLlama } from '#test/helpers/llama-folder/llama.ts';
import { sentencePieces } from '#test/helpers/llama-folder/pieces.ts';
import { addedToken, tokenizerJson, tokenizerModel } from '#test/helpers/llama-folder/tokenizer-files.ts';
import type { FolderOptions } from '#test/helpers/llama-folder/write-llama-folder.ts';
import { Conversions, tinyLlama } from './conversions.ts';

const conversions = new Conversions();

/** The vocabulary of the GGUF that is made of a folder. */
async function vocabulary(options: FolderOptions, llama: Llama = tinyLlama) {
  const { metadata } = await conversions.convert(llama, options);
  const entry = (key: string) => metadata.get(`tokenizer.ggml.${key}`);
  const list = (key: string): readonly unknown[] => {
    const found = entry(key);
    assert.ok(found?.type === 'array', key);
    return found.values;
  };
  const one = (key: string): unknown => {
    const found = entry(key);
    return found?.type === 'array' ? undefined : found?.value;
  };
  const [texts, scores, types] = [list('tokens').map(String), list('scores').map(Number), list('token_type')];
  return { texts, scores, types, one };
}

const base = sentencePieces.length;
/** With rows for tokens that come later. */
const roomy = madeUpLlama({ ...tinyLlama.sizes, vocabulary: base + 4 });
const withTokens = (tokens: readonly Token[]): Llama =>
  madeUpLlama({ ...tinyLlama.sizes, vocabulary: tokens.length });

describe('the vocabulary of tokenizer.model', () => {
  it('is taken over piece by piece', async () => {
    const { texts, scores, types, one } = await vocabulary({});
    assert.deepEqual(
      texts,
      sentencePieces.map(({ text }) => text),
    );
    assert.deepEqual(
      scores,
      sentencePieces.map(({ score }) => score),
    );
    assert.deepEqual(
      types,
      sentencePieces.map(({ type }) => type),
    );
    assert.equal(one('model'), 'llama');
    assert.equal(one('unknown_token_id'), 0);
    assert.equal(one('add_bos_token'), true);
    assert.equal(one('add_space_prefix'), true);
  });

  it('says whether a space stands before a text', async () => {
    const files = { 'tokenizer.model': tokenizerModel(sentencePieces, { spacePrefix: false }) };
    assert.equal((await vocabulary({ files })).one('add_space_prefix'), false);
  });

  it('is refused where it is of another algorithm, cut or no such file', async () => {
    const refusal = (content: Uint8Array | string) =>
      conversions.refusal(tinyLlama, { files: { 'tokenizer.model': content } });
    const unigram = await refusal(tokenizerModel(sentencePieces, { modelType: 1 }));
    assert.equal(unigram.code, 'unsupported');
    assert.match(
      unigram.message,
      /tokenizer\.model: is a SentencePiece model of another kind than byte pairs/,
    );
    const whole = tokenizerModel(sentencePieces);
    for (const content of [whole.subarray(0, 1000), ''])
      assert.match((await refusal(content)).message, /tokenizer\.model: is not a SentencePiece model/);
    const pointer = await refusal('version https://git-lfs.github.com/spec/v1\n');
    assert.match(pointer.message, /tokenizer\.model: is a pointer of Git LFS/);
  });

  it('of more pieces than any language has is not decoded', async () => {
    const empty = new Uint8Array(2 * 1_000_001).map((_, index) => (index % 2 === 0 ? 0x0a : 0));
    const { cause, message } = await conversions.refusal(tinyLlama, { files: { 'tokenizer.model': empty } });
    assert.match(message, /tokenizer\.model: is not a SentencePiece model/);
    assert.match(String(cause), /more than 1000000 pieces/);
  });
});

describe('the vocabulary of tokenizer.json', () => {
  it('is that of tokenizer.model: texts, types and the order in which pairs merge', async () => {
    const model = await vocabulary({ tokenizer: 'model' });
    const json = await vocabulary({ tokenizer: 'json' });
    assert.deepEqual([json.texts, json.types], [model.texts, model.types]);
    const merged = (scores: readonly number[]): string[] =>
      model.texts
        .map((text, id) => ({ text, score: scores[id] ?? 0, made: model.types[id] === tokenType.normal }))
        .filter(({ text, made }) => made && text.length > 1)
        .sort((a, b) => b.score - a.score)
        .map(({ text }) => text);
    assert.deepEqual(merged(json.scores), merged(model.scores));
    assert.equal(
      new Set(json.scores.slice(259, 259 + merged(json.scores).length)).size,
      merged(json.scores).length,
    );
    for (const key of ['model', 'unknown_token_id', 'bos_token_id', 'eos_token_id', 'add_space_prefix'])
      assert.equal(json.one(key), model.one(key), key);
  });

  it('merges in the order of its list, whatever the ids are', async () => {
    const json = tokenizerJson(sentencePieces);
    const merges = ['h e', '▁ t', 't h', '▁t he', 'n d', '▁ the'].map((pair) => pair.split(' '));
    const files = { 'tokenizer.json': { ...json, model: { ...json.model, merges } } };
    const { texts, scores } = await vocabulary({ tokenizer: 'json', files });
    const score = (text: string): number => scores[texts.indexOf(text)] ?? Number.NaN;
    assert.ok(score('he') > score('▁t') && score('▁t') > score('th') && score('th') > score('▁the'));
    assert.ok(score('▁the') > score('nd'), 'of two merges into a token the first counts');
    assert.ok(score('nd') > score('▁and'), 'what is in no merge comes last');
  });

  const json = tokenizerJson(sentencePieces);
  const spaces: readonly (readonly [object, boolean])[] = [
    [{ normalizer: { type: 'Prepend', prepend: '▁' } }, true],
    [{ normalizer: null, pre_tokenizer: { type: 'Metaspace', prepend_scheme: 'first', split: false } }, true],
    [{ normalizer: null, pre_tokenizer: { type: 'Metaspace', prepend_scheme: 'never' } }, false],
    [{ normalizer: null, pre_tokenizer: { type: 'Metaspace', add_prefix_space: true } }, true],
    [{ normalizer: null, pre_tokenizer: { type: 'Metaspace', add_prefix_space: false } }, false],
    [{ normalizer: null }, false],
  ];
  for (const [part, expected] of spaces) {
    it(`${expected ? 'puts a' : 'puts no'} space before a text with ${JSON.stringify(part)}`, async () => {
      const files = { 'tokenizer.json': { ...json, ...part } };
      assert.equal((await vocabulary({ tokenizer: 'json', files })).one('add_space_prefix'), expected);
    });
  }

  const { model } = json;
  const refused: Readonly<Record<string, readonly [model: object, problem: RegExp]>> = {
    'bytes in letters of their own, as LLaMA 3': [{ byte_fallback: false }, /not of SentencePiece's kind/],
    'whole words': [{ type: 'WordLevel' }, /not of SentencePiece's kind/],
    'likely pieces': [{ type: 'Unigram', vocab: [['<unk>', 0]] }, /not of SentencePiece's kind/],
    'a hole in the ids': [{ vocab: { ...model.vocab, he: base + 1 } }, /its ids are not 0, 1, 2 and on/],
    'an id used twice': [{ vocab: { ...model.vocab, more: 5 } }, /its ids are not 0, 1, 2 and on/],
    'merges of three': [{ merges: [['a', 'b', 'c']] }, /tokenizer\.json: model\.merges\.0/],
  };
  for (const [what, [part, problem]] of Object.entries(refused)) {
    it(`is refused: ${what}`, async () => {
      const files = { 'tokenizer.json': { ...json, model: { ...model, ...part } } };
      const { message } = await conversions.refusal(tinyLlama, { tokenizer: 'json', files });
      assert.match(message, problem);
    });
  }

  it('is looked for where there is no tokenizer.model; one of the two has to be there', async () => {
    const bare = { ...tinyLlama, tokens: [] };
    const { code } = await conversions.refusal(bare, {
      tokenizer: 'json',
      files: { 'tokenizer.json': '{}' },
    });
    assert.equal(code, 'malformed');
    const { message } = await conversions.refusal(tinyLlama, { tokenizer: 'none' });
    assert.match(message, /has no tokenizer \(neither tokenizer\.model nor tokenizer\.json\)/);
  });
});

describe('tokens added to a vocabulary', () => {
  it('are found wherever transformers has kept them, the rest of the rows are filled', async () => {
    const { texts, types } = await vocabulary(
      {
        files: {
          'added_tokens.json': { '<im_start>': base, 'not so': base + 1 },
          'tokenizer_config.json': {
            added_tokens_decoder: {
              1: { content: '<s>', special: true },
              [base + 1]: { content: '<im_end>', special: true },
              [base + 2]: { content: '<box>', special: false },
              [base + 9]: { content: '<no row>', special: true },
            },
          },
        },
      },
      roomy,
    );
    assert.deepEqual(texts.slice(base), ['<im_start>', '<im_end>', '<box>', `[PAD${base + 3}]`]);
    const { control, userDefined, unused } = tokenType;
    assert.deepEqual(types.slice(base), [control, control, userDefined, unused]);
    assert.deepEqual(
      texts.slice(0, base),
      sentencePieces.map(({ text }) => text),
    );
  });

  for (const tokenizer of ['model', 'json'] as const) {
    it(`are found in tokenizer.json beside its own special ones (${tokenizer})`, async () => {
      const json = tokenizerJson(sentencePieces);
      const added = [...json.added_tokens, addedToken(base, '<image>'), addedToken(base + 1, 'tool', false)];
      const files = { 'tokenizer.json': { ...json, added_tokens: added } };
      const { texts, types } = await vocabulary({ tokenizer, files }, roomy);
      assert.deepEqual(texts.slice(base, base + 3), ['<image>', 'tool', `[PAD${base + 2}]`]);
      const { unknown, control, userDefined, unused } = tokenType;
      assert.deepEqual(types.slice(0, 3), [unknown, control, control]);
      assert.deepEqual(types.slice(base, base + 3), [control, userDefined, unused]);
    });
  }

  it('make a token of the vocabulary special, or another, but neither <unk> nor a byte', async () => {
    const id = (text: string): number => sentencePieces.findIndex((token) => token.text === text);
    const { texts, types, scores } = await vocabulary({
      files: {
        'tokenizer_config.json': {
          added_tokens_decoder: {
            0: { content: '<unk>', special: true },
            3: { content: '<0x00>', special: true },
            [id('▁cat')]: { content: '▁cat', special: true },
            [id('▁water')]: { content: '<|im_end|>', special: true },
          },
        },
      },
    });
    const { unknown, byte, control } = tokenType;
    assert.deepEqual([types[0], types[3]], [unknown, byte]);
    assert.deepEqual([texts[id('▁cat')], types[id('▁cat')]], ['▁cat', control]);
    assert.deepEqual([texts[id('▁water')], types[id('▁water')]], ['<|im_end|>', control]);
    assert.equal(scores[id('▁cat')], sentencePieces[id('▁cat')]?.score);
    assert.equal(scores[id('▁water')], -1000);
  });

  it('can end a text; a token that no user is kept from typing cannot', async () => {
    const files = { 'added_tokens.json': { '<|im_end|>': base } };
    const ends = async (eos: number) =>
      (await vocabulary({ files, config: { eos_token_id: eos } }, roomy)).one('eos_token_id');
    assert.equal(await ends(base), base);
    for (const eos of [base + 1, 290, 1_000_000]) assert.equal(await ends(eos), 2);
    const nameless = sentencePieces.map((token) =>
      token.text === '</s>' ? { ...token, text: '<end>' } : token,
    );
    const named = { ...tinyLlama, tokens: nameless };
    assert.equal((await vocabulary({}, named)).one('eos_token_id'), 2);
    const { message } = await conversions.refusal(named, { config: { eos_token_id: 300 } });
    assert.match(
      message,
      /neither its config\.json names a control token for <\/s> nor has its tokenizer one/,
    );
  });
});

describe('a vocabulary that llama.cpp would not survive', () => {
  const piece = (text: string): Token => ({ text, score: -5000, type: tokenType.normal });
  const refused: Readonly<Record<string, readonly [tokens: readonly Token[], problem: RegExp]>> = {
    twins: [[...sentencePieces, piece('▁cat')], /two tokens "▁cat"/],
    'a zero in a text': [[...sentencePieces, piece('▁cat\0s')], /no text, "▁cat\\u0000s"/],
    'a byte without a token': [sentencePieces.filter(({ text }) => text !== '<0x0A>'), /has no token <0x0A>/],
  };
  for (const [what, [tokens, problem]] of Object.entries(refused)) {
    it(`is refused: ${what}`, async () => {
      const { message } = await conversions.refusal({ ...withTokens(tokens), tokens }, {});
      assert.match(message, problem);
    });
  }

  it('is refused: half a letter, which only JSON can write', async () => {
    const files = { 'added_tokens.json': `{"\\ud83d":${base}}` };
    assert.match((await conversions.refusal(roomy, { files })).message, /no text, "\\ud83d"/);
  });

  it('is refused: an added token that is in the vocabulary already, or called as a row is that has none', async () => {
    const files = (text: string) => ({ 'added_tokens.json': { [text]: base } });
    assert.match((await conversions.refusal(roomy, { files: files('▁cat') })).message, /two tokens "▁cat"/);
    const filler = `[PAD${base + 1}]`;
    assert.match((await conversions.refusal(roomy, { files: files(filler) })).message, /two tokens "\[PAD/);
  });

  it('is refused: more tokens than rows', async () => {
    const short = madeUpLlama({ ...tinyLlama.sizes, vocabulary: base - 1 });
    for (const tokenizer of ['model', 'json'] as const) {
      const { message } = await conversions.refusal(short, { tokenizer });
      assert.match(
        message,
        new RegExp(`its tokenizer has ${base} tokens, its embeddings only ${base - 1} rows`),
      );
    }
  });
});
