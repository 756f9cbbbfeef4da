import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Token, tokenType } from '#models/convert/llama/token.ts';
import { madeUpLlama } from '#test/helpers/llama-folder/llama.ts';
import { sentencePieces } from '#test/helpers/llama-folder/pieces.ts';
import { type Converted, Conversions, tinyLlama } from './conversions.ts';

const conversions = new Conversions();
const value = ({ metadata }: Converted, key: string): unknown => {
  const entry = metadata.get(key);
  return entry?.type === 'array' ? entry.values : entry?.value;
};
const llamaValue = (converted: Converted, key: string): unknown => value(converted, `llama.${key}`);

/** With as many layers and heads as a model of seven billion weights, and as many tokens. */
const sevenBillion = madeUpLlama({
  width: 8,
  layers: 32,
  heads: 32,
  kvHeads: 32,
  headWidth: 2,
  mlpWidth: 8,
  vocabulary: 32_064,
});
const words = Array.from({ length: 32_000 - sentencePieces.length }, (_, index): Token => {
  return { text: `▁word${index}`, score: -1000 - index, type: tokenType.normal };
});

describe("a LLaMA's config.json", () => {
  it('gives the metadata', async () => {
    const converted = await conversions.convert(tinyLlama);
    const expected = {
      context_length: 512,
      embedding_length: 8,
      block_count: 1,
      feed_forward_length: 8,
      'attention.head_count': 2,
      'attention.head_count_kv': 1,
      'rope.dimension_count': 4,
      'attention.layer_norm_rms_epsilon': Math.fround(1e-5),
      'rope.freq_base': 10_000,
      'rope.scaling.type': undefined,
      vocab_size: sentencePieces.length,
    };
    for (const [key, wanted] of Object.entries(expected))
      assert.equal(llamaValue(converted, key), wanted, key);
    assert.equal(value(converted, 'general.architecture'), 'llama');
  });

  it('of llava-hf 1.5 leaves nearly everything out, and pads the vocabulary', async () => {
    const text = {
      _name_or_path: 'lmsys/vicuna-7b-v1.5',
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
      torch_dtype: 'float16',
      vocab_size: 32_064,
    };
    const converted = await conversions.convert(
      { ...sevenBillion, tokens: [...sentencePieces, ...words] },
      {
        make: 'llava-hf',
        files: {
          'config.json': {
            architectures: ['LlavaForConditionalGeneration'],
            image_token_index: 32_000,
            model_type: 'llava',
            pad_token_id: 32_001,
            tie_word_embeddings: false,
            text_config: text,
            vision_config: { num_attention_heads: 16, num_hidden_layers: 24 },
          },
          'added_tokens.json': { '<image>': 32_000, '<pad>': 32_001 },
        },
      },
    );
    assert.equal(llamaValue(converted, 'block_count'), 32);
    assert.equal(llamaValue(converted, 'attention.head_count'), 32);
    assert.equal(llamaValue(converted, 'context_length'), 4096);
    assert.equal(value(converted, 'tokenizer.ggml.bos_token_id'), 1);
    assert.equal(value(converted, 'tokenizer.ggml.eos_token_id'), 2);
    const tokens = value(converted, 'tokenizer.ggml.tokens');
    assert.ok(Array.isArray(tokens) && tokens.length === 32_064);
    assert.deepEqual(tokens.slice(31_999, 32_003), [words.at(-1)?.text, '<image>', '<pad>', '[PAD32002]']);
  });

  it('of the first LLaVA calls itself llava and names the wrong end tokens', async () => {
    const config = { model_type: 'llava', mm_vision_select_layer: -2, bos_token_id: 0, eos_token_id: 1 };
    const converted = await conversions.convert(tinyLlama, { config: { ...config, pad_token_id: -1 } });
    assert.equal(value(converted, 'tokenizer.ggml.bos_token_id'), 1);
    assert.equal(value(converted, 'tokenizer.ggml.eos_token_id'), 2);
  });

  it('of LLaVA 1.6 on Mistral turns slowly and sees far, whoever made it', async () => {
    const mistral = { max_position_embeddings: 32_768, rope_theta: 1e6, sliding_window: null };
    const own = await conversions.convert(tinyLlama, { config: { ...mistral, model_type: 'llava_mistral' } });
    const other = await conversions.convert(tinyLlama, {
      make: 'llava-hf',
      config: { ...mistral, model_type: 'mistral' },
      change: (weights) => weights.set('image_newline', { shape: [8], data: new Float32Array(8) }),
    });
    for (const converted of [own, other]) {
      assert.equal(llamaValue(converted, 'rope.freq_base'), 1e6);
      assert.equal(llamaValue(converted, 'context_length'), 32_768);
    }
  });

  it('with a sliding window promises no more than the window', async () => {
    const config = { model_type: 'mistral', max_position_embeddings: 32_768, sliding_window: 4096 };
    assert.equal(llamaValue(await conversions.convert(tinyLlama, { config }), 'context_length'), 4096);
  });

  for (const rope of [
    { rope_scaling: { type: 'linear', factor: 4 } },
    { rope_scaling: { rope_type: 'linear', factor: 4 } },
    { rope_parameters: { rope_type: 'linear', factor: 4, rope_theta: 10_000 } },
  ]) {
    it(`scales positions as ${JSON.stringify(rope)} says`, async () => {
      const converted = await conversions.convert(tinyLlama, { config: rope });
      assert.equal(llamaValue(converted, 'rope.scaling.type'), 'linear');
      assert.equal(llamaValue(converted, 'rope.scaling.factor'), 4);
    });
  }

  it('of transformers 5 keeps the base of the angles elsewhere', async () => {
    const config = { rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 5e5 } };
    const converted = await conversions.convert(tinyLlama, { config });
    assert.equal(llamaValue(converted, 'rope.freq_base'), 5e5);
    assert.equal(llamaValue(converted, 'rope.scaling.type'), undefined);
  });

  it('may name several end tokens; the first counts', async () => {
    const files = { 'added_tokens.json': { '<|im_end|>': 300 } };
    const converted = await conversions.convert(tinyLlama, { config: { eos_token_id: [300, 2] }, files });
    assert.equal(value(converted, 'tokenizer.ggml.eos_token_id'), 300);
  });

  const refused: Readonly<Record<string, readonly [config: object, problem: RegExp]>> = {
    'another model': [{ model_type: 'qwen2' }, /language model is qwen2, neither LLaMA nor Mistral/],
    'an MPT inside LLaVA': [{ model_type: 'llava_mpt' }, /language model is llava_mpt/],
    'another activation': [{ hidden_act: 'gelu' }, /activation is gelu/],
    'another scaling': [{ rope_scaling: { type: 'dynamic', factor: 2 } }, /scaled as "dynamic"/],
    "LLaMA 3's scaling": [{ rope_parameters: { rope_type: 'llama3', factor: 8 } }, /scaled as "llama3"/],
    'scaling by no factor': [{ rope_scaling: { type: 'linear' } }, /by no factor/],
    'scaling by nothing': [{ rope_scaling: { type: 'linear', factor: 0 } }, /rope_scaling\.factor/],
    'a context beyond counting': [{ max_position_embeddings: 2 ** 40 }, /max_position_embeddings/],
    'an epsilon beyond float32': [{ rms_norm_eps: 1e-60 }, /rms_norm_eps/],
    'three heads in eight rows': [{ num_attention_heads: 3 }, /not cut into the 3 heads, 1 of keys,/],
    'heads of one row': [{ num_attention_heads: 8, num_key_value_heads: 4 }, /the 8 heads, 4 of keys,/],
    'more heads than rows': [{ num_attention_heads: 64, num_key_value_heads: null }, /the 64 heads that/],
    'other heads of keys': [{ num_key_value_heads: 2 }, /the 2 heads, 2 of keys,/],
    'layers that are not there': [{ num_hidden_layers: 2 }, /holds 1 layers, its config\.json states 2/],
    "transformers' 32 layers, not stated": [{ num_hidden_layers: undefined }, /states 32/],
  };
  for (const [what, [config, problem]] of Object.entries(refused)) {
    it(`is refused: ${what}`, async () => {
      const error = await conversions.refusal(tinyLlama, { config: { ...config } });
      assert.match(error.message, problem);
    });
  }

  it('has to be there, be JSON and be of a sane size', async () => {
    const refusal = (content: string) =>
      conversions.refusal(tinyLlama, { files: { 'config.json': content } });
    assert.match((await refusal('{')).message, /config\.json: is not JSON/);
    assert.match((await refusal('[]')).message, /config\.json/);
    assert.equal((await refusal(`{"a":"${' '.repeat(5 << 20)}"}`)).code, 'too_large');
  });
});
