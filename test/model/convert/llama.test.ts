import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { getLlama, type Llama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { tokenType } from '#models/convert/llama/token.ts';
import { type MatrixType, writeLlamaGguf } from '#models/convert/llama/write-llama-gguf.ts';
import { openGguf } from '#models/formats/gguf/read.ts';
import { floatToHalf, halfToFloat } from '#models/formats/half.ts';
import { golden } from '#test/helpers/goldens.ts';
import { madeUpLlama } from '#test/helpers/llama-folder/llama.ts';
import { llamaOfGguf } from '#test/helpers/llama-folder/llama-of-gguf.ts';
import { sentencePieces } from '#test/helpers/llama-folder/pieces.ts';
import { addedToken, tokenizerJson } from '#test/helpers/llama-folder/tokenizer-files.ts';
import { type FolderOptions, writeLlamaFolder } from '#test/helpers/llama-folder/write-llama-folder.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const original = golden('llava-tiny/llm.gguf');
const folder = tempFolder();
let llama: Llama;
before(async () => {
  llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.fatal });
});
after(() => llama.dispose());

const ids = (model: LlamaModel, text: string): number[] => model.tokenize(text).map(Number);

describe('the tiny LLaVA as a Hugging Face folder, converted back', { skip: original.skip }, () => {
  const texts = [
    'What is in the picture?',
    ' leading space',
    'two  spaces,\nlines and\ttabs ',
    'word1 word12 ▁word3',
    'naïve café 中文 🦙',
    '<s>typed</s><unk><0x41>',
  ];
  for (const tokenizer of ['model', 'json'] as const) {
    it(`has the weights, the metadata and, by its tokenizer.${tokenizer}, the tokens of the original`, async () => {
      const source = await openGguf(original.path);
      const [dir, out] = [join(folder, `golden-${tokenizer}`), join(folder, `golden-${tokenizer}.gguf`)];
      await writeLlamaFolder(dir, await llamaOfGguf(source), { make: 'llava-hf', shards: 2, tokenizer });
      await writeLlamaGguf(dir, out, 'f16');
      const written = await openGguf(out);
      assert.deepEqual([...written.tensors.keys()].sort(), [...source.tensors.keys()].sort());
      for (const { name, shape } of source.tensors.values()) {
        const values = await source.readFloats(name);
        const expected = shape.length > 1 ? halfToFloat(floatToHalf(values)) : values;
        assert.deepEqual(await written.readFloats(name), expected, name);
      }
      // scores are not kept in a tokenizer.json, only their order is
      const own = new Set(['general.name', 'tokenizer.ggml.scores']);
      for (const [key, value] of source.metadata)
        if (!own.has(key)) assert.deepEqual(written.metadata.get(key), value, key);
      await Promise.all([source.close(), written.close()]);
      const before = await llama.loadModel({ modelPath: original.path });
      const now = await llama.loadModel({ modelPath: out });
      for (const text of texts) assert.deepEqual(ids(now, text), ids(before, text), text);
      await Promise.all([before.dispose(), now.dispose()]);
    });
  }
});

describe('a converted LLaMA in llama.cpp', () => {
  const small = madeUpLlama({ vocabulary: sentencePieces.length + 3 });
  const end = sentencePieces.length;
  const json = tokenizerJson(sentencePieces);
  const added = [...json.added_tokens, addedToken(end, '<|end|>'), addedToken(end + 1, '<tool>', false)];
  const withAdded = { ...json, added_tokens: added };

  /** Converts and loads; `name` is the file's. */
  async function load(name: string, options: FolderOptions, matrices: MatrixType = 'f16') {
    await writeLlamaFolder(join(folder, name), small, options);
    const modelPath = join(folder, `${name}.gguf`);
    await writeLlamaGguf(join(folder, name), modelPath, matrices);
    return llama.loadModel({ modelPath });
  }

  const letters = sentencePieces
    .filter(({ type }) => type === tokenType.normal)
    .map(({ text }) => text.replaceAll('▁', ' '));
  const piece = fc.oneof(
    fc.constantFrom(...letters),
    fc.constantFrom(' ', '  ', '\n', '\t', '<', '>', 'the water was there', ' this cat', '🦙', '\u0301'),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));

  for (const tokenizer of ['model', 'json'] as const) {
    it(`splits every text as transformers does, by its tokenizer.${tokenizer}`, async () => {
      const model = await load(`texts-${tokenizer}`, { tokenizer });
      // as plain text: `<s>` typed is three letters
      const reference = new Tokenizer({ ...json, added_tokens: [] }, {});
      assert.ok(ids(model, 'the cat and the water').length < 8);
      fc.assert(
        fc.property(text, (words) => {
          fc.pre(words !== '');
          const expected = reference.encode(words, { add_special_tokens: false }).ids;
          assert.deepEqual(ids(model, words), expected, JSON.stringify(words));
        }),
        { numRuns: 1000 },
      );
      await model.dispose();
    });
  }

  it('knows what ends a text, what a user cannot type and what nobody says', async () => {
    const config = { eos_token_id: end };
    const model = await load('added', { tokenizer: 'json', config, files: { 'tokenizer.json': withAdded } });
    assert.deepEqual([Number(model.tokens.bos), Number(model.tokens.eos)], [1, end]);
    assert.ok(!ids(model, '<|end|>').includes(end));
    assert.ok(model.tokenize('<|end|>', true).map(Number).includes(end));
    assert.ok(ids(model, 'a <tool> here').includes(end + 1));
    const control = [...model.iterateAllTokens()].filter((id) => model.getTokenAttributes(id).control);
    assert.deepEqual(control.map(Number), [1, 2, end]);
    await model.dispose();
  });

  it('runs in Q8_0 and with tied embeddings', async () => {
    for (const tied of [false, true]) {
      const model = await load(`tied-${tied}`, { config: { tie_word_embeddings: tied } }, 'q8_0');
      const context = await model.createContext({ contextSize: 64, threads: 1 });
      const [first, second] = model.tokenize('the cat');
      assert.ok(first !== undefined && second !== undefined);
      const options = { temperature: 1, topK: 0, topP: 1 };
      const results = await context
        .getSequence()
        .controlledEvaluate([first, [second, { generateNext: { probabilities: true, options } }]]);
      const shares = [...(results.at(-1)?.next.probabilities?.values() ?? [])];
      assert.equal(shares.length, small.sizes.vocabulary);
      assert.ok(shares.every((share) => share > 0));
      await model.dispose();
    }
  });
});
