import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeLlamaGguf } from '#models/convert/llama/write-llama-gguf.ts';
import { madeUpValues, type Values } from '#test/helpers/llama-folder/llama.ts';
import { writeLlamaFolder } from '#test/helpers/llama-folder/write-llama-folder.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { Conversions, tinyLlama } from './conversions.ts';

const conversions = new Conversions();
const dir = tempFolder();

type Change = (weights: Map<string, Values>) => void;
const layer = 'model.layers.0';
const put =
  (name: string, shape: readonly number[]): Change =>
  (weights) =>
    weights.set(name, { shape, data: madeUpValues(shape, 1) });
const drop =
  (name: string): Change =>
  (weights) =>
    assert.ok(weights.delete(name));
const rename =
  (name: string, other: string): Change =>
  (weights) => {
    const found = weights.get(name);
    assert.ok(found && weights.delete(name));
    weights.set(other, found);
  };

describe('a folder whose weights are no LLaMA', () => {
  const refused: Readonly<Record<string, readonly [change: Change, problem: RegExp]>> = {
    'biases on its queries': [
      put(`${layer}.self_attn.q_proj.bias`, [8]),
      /"model\.layers\.0\.self_attn\.q_proj\.bias" is no tensor of a LLaMA/,
    ],
    'a tensor of another net': [
      put('transformer.h.0.weight', [8]),
      /"transformer\.h\.0\.weight" is no tensor/,
    ],
    'weights cut into codes': [
      put(`${layer}.mlp.up_proj.qweight`, [8]),
      /"model\.layers\.0\.mlp\.up_proj\.qwei/,
    ],
    'a name on two lines': [put('a\nb', [8]), /"a\\nb" is no tensor/],
    'no embeddings': [drop('model.embed_tokens.weight'), /has no weight for token_embd\.weight/],
    'no output': [drop('lm_head.weight'), /has no weight for output\.weight/],
    'no last norm': [drop('model.norm.weight'), /has no weight for output_norm\.weight/],
    'no queries': [drop(`${layer}.self_attn.q_proj.weight`), /has no weight for blk\.0\.attn_q\.weight/],
    'half an MLP': [drop(`${layer}.mlp.down_proj.weight`), /has no weight for blk\.0\.ffn_down\.weight/],
    'a layer behind a gap': [
      put('model.layers.2.input_layernorm.weight', [8]),
      /blk\.2\.attn_norm\.weight is of no/,
    ],
    'a layer with a number beyond counting': [
      put(`model.layers.${'9'.repeat(30)}.input_layernorm.weight`, [8]),
      /blk\.1e\+30\.attn_norm\.weight is of no layer/,
    ],
    'no first layer': [
      rename(`${layer}.input_layernorm.weight`, 'model.layers.1.input_layernorm.weight'),
      /holds 2 layers, its config\.json states 1/,
    ],
    'one weight under two names': [
      put('language_model.model.norm.weight', [8]),
      /(norm\.weight).* and .*norm\.weight are the same weight/,
    ],
    'a wrong shape': [
      put(`${layer}.mlp.down_proj.weight`, [8, 9]),
      /the weight for blk\.0\.ffn_down\.weight is \[8, 9\] where \[8, 8\] fits the rest/,
    ],
    'an output for other tokens': [
      put('lm_head.weight', [5, 8]),
      /the weight for output\.weight is \[5, 8\]/,
    ],
    'flat embeddings': [put('model.embed_tokens.weight', [8]), /its weights are empty/],
    'empty embeddings': [
      put('model.embed_tokens.weight', [0, 8]),
      /fits the rest|its embeddings only 0 rows/,
    ],
    'queries of no rows': [put(`${layer}.self_attn.q_proj.weight`, [0, 8]), /not cut into the 2 heads/],
    'keys of no rows': [put(`${layer}.self_attn.k_proj.weight`, [0, 8]), /not cut into the 2 heads/],
    'keys of half a head': [put(`${layer}.self_attn.k_proj.weight`, [6, 8]), /not cut into the 2 heads/],
  };
  for (const [what, [change, problem]] of Object.entries(refused)) {
    it(`is refused: ${what}`, async () => {
      const config = { num_key_value_heads: null };
      assert.match((await conversions.refusal(tinyLlama, { change, config })).message, problem);
    });
  }

  it('is refused: three heads that share one and a half of keys', async () => {
    const change: Change = (weights) => {
      put(`${layer}.self_attn.q_proj.weight`, [12, 8])(weights);
      put(`${layer}.self_attn.k_proj.weight`, [6, 8])(weights);
    };
    const config = { num_attention_heads: 3, num_key_value_heads: null };
    const { message } = await conversions.refusal(tinyLlama, { change, config });
    assert.match(message, /not cut into the 3 heads that its config\.json states/);
  });
});

describe('a folder of shards', () => {
  const index = 'model.safetensors.index.json';

  it('is refused where its index reaches out of it', async () => {
    await mkdir(join(dir, 'elsewhere'), { recursive: true });
    await writeLlamaFolder(join(dir, 'elsewhere'), tinyLlama);
    for (const file of [
      '../elsewhere/model.safetensors',
      '/etc/passwd',
      '..',
      '',
      'a/b.safetensors',
      'a\0b',
    ]) {
      const content = { weight_map: { 'model.norm.weight': file } };
      const { message, code } = await conversions.refusal(tinyLlama, {
        shards: 2,
        files: { [index]: content },
      });
      assert.match(message, /model\.safetensors\.index\.json: weight_map\.model\.norm\.weight/);
      assert.equal(code, 'malformed');
    }
  });

  it('is refused where a shard is missing, cut or lacks what the index says', async () => {
    const folder = join(dir, 'shards');
    const refusal = (message: RegExp) =>
      assert.rejects(writeLlamaGguf(folder, join(dir, 'shards.gguf'), 'f16'), {
        name: 'FormatError',
        message,
      });
    await writeLlamaFolder(folder, tinyLlama, { shards: 2 });
    const second = 'model-00002-of-00002.safetensors';
    await writeFile(join(folder, second), 'cut');
    await refusal(/model-00002-of-00002\.safetensors: too short/);
    await rm(join(folder, second));
    await refusal(/model-00002-of-00002\.safetensors: cannot be opened \(ENOENT\)/);
    await writeLlamaFolder(folder, tinyLlama, {
      files: {
        [index]: { weight_map: { 'model.norm.weight': 'model.safetensors', nothing: 'model.safetensors' } },
      },
    });
    await refusal(/model\.safetensors: lacks "nothing", which model\.safetensors\.index\.json says is there/);
    assert.ok(!(await readdir(dir)).some((name) => name.startsWith('shards.gguf')));
  });
});

describe('the file that is written', () => {
  it('replaces another only when it is whole', async () => {
    const [folder, out] = [join(dir, 'whole'), join(dir, 'whole.gguf')];
    await writeFile(out, 'before');
    const shape = [tinyLlama.sizes.vocabulary, tinyLlama.sizes.width];
    const data = madeUpValues(shape, 1).fill(Number.NaN);
    await writeLlamaFolder(folder, tinyLlama, {
      change: (weights) => weights.set('lm_head.weight', { shape, data }),
    });
    await assert.rejects(writeLlamaGguf(folder, out, 'f16'), { code: 'malformed' });
    assert.equal(await readFile(out, 'latin1'), 'before');
    await writeLlamaFolder(folder, tinyLlama);
    await writeLlamaGguf(folder, out, 'f16');
    assert.ok((await readFile(out, 'latin1')).startsWith('GGUF'));
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.endsWith('.part')),
      [],
    );
  });

  it('tells how far it is', async () => {
    const folder = join(dir, 'told');
    await writeLlamaFolder(folder, tinyLlama);
    const told: (readonly [done: number, total: number])[] = [];
    await writeLlamaGguf(folder, join(dir, 'told.gguf'), 'q8_0', (...progress) => told.push(progress));
    assert.ok(told.every(([done], i) => done > (told[i - 1]?.[0] ?? 0)));
    const [done, total] = told.at(-1) ?? [];
    assert.equal(done, total);
    assert.equal(told.length, tinyLlama.weights.size);
  });
});
