import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { packageFiles, videoTokenText } from '#models/package/manifest.ts';
import { splitLlm } from '#models/package/split-llm.ts';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { writeLlm } from '#models/package/write-llm.ts';
import { worldWords } from '#models/world/vocabulary.ts';
import { StreamingDetokenizer } from '#engine/language/streaming-detokenizer.ts';
import { forbidControlTokens, type LoadedLlama, loadLlama } from '#engine/language/load-llama.ts';
import { promptTokens } from '#engine/language/prompt.ts';
import { checkEmbeddingTable } from '#engine/language/self-check.ts';
import { tokenId } from '#engine/language/token-id.ts';
import { EmbeddingTable } from '#engine/language/embedding-table.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const tokenizer = new WordTokenizer(worldWords());
const config = {
  vocabulary: tokenizer.tokens.length,
  width: 32,
  layers: 1,
  heads: 2,
  mlpWidth: 32,
  epsilon: 1e-5,
  ropeBase: 10000,
};
const shape = { slots: 2, tokensPerClip: 3 };

/** A decoder with the trainer's weight names and made-up values. */
async function writeMadeUpLlm(path: string): Promise<void> {
  const { vocabulary, width, mlpWidth } = config;
  const block = { attn_q: width, attn_k: width, attn_v: width, attn_output: width };
  const shapes: [string, number[]][] = [
    ['token_embd', [vocabulary, width]],
    ['output_norm', [width]],
    ['output', [vocabulary, width]],
    ['blk.0.attn_norm', [width]],
    ['blk.0.ffn_norm', [width]],
    ...Object.entries(block).map(([name, out]): [string, number[]] => [`blk.0.${name}`, [out, width]]),
    ['blk.0.ffn_gate', [mlpWidth, width]],
    ['blk.0.ffn_up', [mlpWidth, width]],
    ['blk.0.ffn_down', [width, mlpWidth]],
  ];
  const tensors = new Map(
    shapes.map(([name, shape], seed) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin((i + 1) * (seed + 1.7)));
      return [`${name}.weight`, { shape, data }];
    }),
  );
  await writeLlm(path, { name: 'made-up', config, context: 256, tokenizer, tensors });
}

describe("the demo's vocabulary in llama.cpp", () => {
  const folder = tempFolder();
  let llama: LoadedLlama;
  let rows: EmbeddingTable;

  before(async () => {
    const input = join(folder, 'llm.gguf');
    await writeMadeUpLlm(input);
    await splitLlm({ input, outDir: folder, ...shape });
    const body = join(folder, packageFiles.llmBody);
    rows = await EmbeddingTable.open(body, shape);
    llama = await loadLlama({ body, contextSize: 256, sequences: 1 });
  });
  after(async () => {
    await llama.dispose();
    await rows.close();
  });

  const ids = (text: string): number[] =>
    promptTokens(llama.model, [{ kind: 'text', text }], new Map()).map(Number);

  test('splits every text as the trainer does, without a BOS', () => {
    const letters = [
      [0, 0x17f],
      [0x391, 0x3c9],
      [0x410, 0x44f],
      [0x2000, 0x206f],
      [0x3041, 0x3096],
      [0x4e00, 0x9fa5],
      [0xac00, 0xd7a3],
      [0x1f600, 0x1f64f],
    ].map(([min = 0, max = 0]) => fc.integer({ min, max }).map((code) => String.fromCodePoint(code)));
    const piece = fc.oneof(
      fc.constantFrom(...worldWords()),
      fc.constantFrom(' ', '  ', '\n', '\r\n', "'s", "'LL", '12345', '</s>', '<pad>', videoTokenText(0, 0)),
      ...letters,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        assert.deepEqual(ids(text), tokenizer.encode(text), JSON.stringify(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('control tokens come only from the template', () => {
    const parts = [{ kind: 'bos' }, { kind: 'text', text: '<s></s>' }, { kind: 'eos' }] as const;
    const tokens = promptTokens(llama.model, parts, new Map()).map(Number);
    assert.equal(tokens[0], tokenizer.bos);
    assert.equal(tokens.at(-1), tokenizer.eos);
    const typed = tokens.slice(1, -1);
    assert.ok(typed.length > 0 && !typed.includes(tokenizer.bos) && !typed.includes(tokenizer.eos));
  });

  test('never cuts a character, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (raw) => {
        const text = raw.trimStart();
        const stream = new StreamingDetokenizer(llama.model);
        const pieces = tokenizer.encode(text).map((id) => stream.push(tokenId(id)));
        assert.ok(pieces.every((piece) => !piece.includes('\ufffd')));
        assert.equal(
          pieces.join(''),
          llama.model.detokenize(tokenizer.encode(text).map(tokenId)).trimStart(),
        );
        assert.equal(stream.text, pieces.join(''));
      }),
      { numRuns: 300 },
    );
  });

  test('a sampler that likes everything says no control token', async () => {
    const sequence = llama.context.getSequence();
    const tokenBias = forbidControlTokens(llama.model);
    const [result] = await sequence.controlledEvaluate([
      [
        tokenId(5),
        { generateNext: { probabilities: true, options: { temperature: 2, topK: 0, topP: 1, tokenBias } } },
      ],
    ]);
    await sequence.dispose();
    const likely = [...(result?.next.probabilities ?? [])].filter(([, probability]) => probability > 0);
    assert.ok(likely.length > 100);
    for (const [token] of likely) {
      assert.ok(Number(token) === tokenizer.eos || !llama.model.getTokenAttributes(token).control);
    }
  });

  test('the self-check sees rows it wrote, and refuses an LLM that does not', async () => {
    await checkEmbeddingTable(llama.context, rows);
    const blind = { width: rows.width, id: () => rows.id(0), write: () => Promise.resolve() };
    await assert.rejects(checkEmbeddingTable(llama.context, blind), { code: 'package_invalid' });
  });
});
