import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dequantise } from '#models/formats/gguf/dequantise.ts';
import { quantiseQ8_0 } from '#models/formats/gguf/quantise.ts';
import { ggmlF16, ggmlF32, ggmlQ8_0 } from '#models/formats/gguf/types.ts';
import { bfloatToFloat, floatToHalf, halfToFloat } from '#models/formats/half.ts';
import { type Llama, madeUpLlama, madeUpValues, type Values } from '#test/helpers/llama-folder/llama.ts';
import { makes } from '#test/helpers/llama-folder/weights.ts';
import { type Converted, Conversions } from './conversions.ts';

const conversions = new Conversions();

const rounded = (values: Float32Array): Float32Array => halfToFloat(floatToHalf(values));

/** What has to come out: matrices rounded to half floats, vectors exact. */
function assertSame(tensors: Converted['tensors'], { weights }: Llama): void {
  assert.deepEqual([...tensors.keys()].sort(), [...weights.keys()].sort());
  for (const [name, { shape, data }] of weights) {
    const found = tensors.get(name);
    const matrix = shape.length > 1;
    assert.deepEqual([found?.shape, found?.type], [shape, matrix ? ggmlF16 : ggmlF32], name);
    assert.deepEqual(found?.values, matrix ? rounded(data) : data, name);
  }
}

const llama = madeUpLlama();

/** What lies in such folders besides the LLM. */
const aside = [
  'vision_tower.vision_model.pre_layrnorm.bias',
  'model.vision_tower.vision_model.pre_layrnorm.bias',
  'model.vision_tower.vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight',
  'multi_modal_projector.linear_1.bias',
  'model.multi_modal_projector.linear_2.weight',
  'model.mm_projector.weight',
  'model.mm_projector.0.weight',
  'mm_projector.2.bias',
  'image_newline',
  'model.image_newline',
  'model.language_model.rotary_emb.inv_freq',
  'model.layers.0.self_attn.rotary_emb.inv_freq',
  'model.rotary_emb.inv_freq',
];

describe('the weights of a Hugging Face folder as GGUF', () => {
  for (const make of Object.keys(makes) as (keyof typeof makes)[]) {
    it(`have llama.cpp's names and order whatever ${make} calls them, and leave the pictures' side out`, async () => {
      const { tensors } = await conversions.convert(llama, {
        make,
        change: (weights) => {
          for (const name of aside) weights.set(name, { shape: [2], data: Float32Array.of(1, 2) });
        },
      });
      assertSame(tensors, llama);
    });
  }

  it('are found in shards', async () => {
    assertSame((await conversions.convert(llama, { make: 'llava-hf', shards: 3 })).tensors, llama);
  });

  it('come from half floats as they are', async () => {
    const weights = new Map(
      [...llama.weights].map(([name, { shape, data }]) => [name, { shape, data: rounded(data) }]),
    );
    assertSame((await conversions.convert(llama, { dtype: 'F16' })).tensors, { ...llama, weights });
  });

  it('come from bfloat16', async () => {
    const cut = (values: Float32Array) =>
      bfloatToFloat(Uint16Array.from(new Uint32Array(values.slice().buffer), (bits) => bits >>> 16));
    const weights = new Map(
      [...llama.weights].map(([name, { shape, data }]) => [name, { shape, data: cut(data) }]),
    );
    assertSame((await conversions.convert(llama, { dtype: 'BF16' })).tensors, { ...llama, weights });
  });

  for (const [heads, kvHeads] of [
    [4, 4],
    [4, 1],
    [8, 2],
  ] as const) {
    it(`keep ${heads} heads of queries and ${kvHeads} of keys apart`, async () => {
      const grouped = madeUpLlama({ heads, kvHeads, headWidth: 8 });
      const { tensors, metadata } = await conversions.convert(grouped, {
        config: { num_key_value_heads: undefined },
      });
      assertSame(tensors, grouped);
      const number = (key: string) => metadata.get(`llama.${key}`);
      assert.deepEqual(number('attention.head_count'), { type: 'uint32', value: heads });
      assert.deepEqual(number('attention.head_count_kv'), { type: 'uint32', value: kvHeads });
      assert.deepEqual(number('rope.dimension_count'), { type: 'uint32', value: 8 });
    });
  }

  it('longer than one piece come whole', async () => {
    const large = madeUpLlama({ width: 256, layers: 1, vocabulary: 8200 });
    const { tensors } = await conversions.convert(large);
    assertSame(tensors, large);
  });

  it('have no output matrix where the embeddings are tied, even if a copy of them lies beside', async () => {
    for (const stored of [true, false]) {
      const { tensors } = await conversions.convert(llama, {
        config: { tie_word_embeddings: true },
        change: (weights) => void (stored || weights.delete('lm_head.weight')),
      });
      assert.ok(!tensors.has('output.weight') && tensors.has('token_embd.weight'));
    }
  });
});

describe('weights in Q8_0', () => {
  it('are blocks of ggml, but for vectors and the embeddings that are cut off later', async () => {
    const { tensors } = await conversions.convert(llama, {}, 'q8_0');
    for (const [name, { data, shape }] of llama.weights) {
      const found = tensors.get(name);
      const plain = name === 'token_embd.weight' ? ggmlF16 : ggmlF32;
      const quantised = shape.length > 1 && name !== 'token_embd.weight';
      assert.equal(found?.type, quantised ? ggmlQ8_0 : plain, name);
      if (quantised) assert.deepEqual(found?.values, dequantise(ggmlQ8_0, quantiseQ8_0(data)), name);
    }
  });

  it('stay half floats where rows are not blocks of 32', async () => {
    const odd = madeUpLlama({ mlpWidth: 80 });
    const { tensors } = await conversions.convert(odd, {}, 'q8_0');
    const typeOf = (name: string) => tensors.get(`blk.1.${name}.weight`)?.type;
    assert.equal(typeOf('ffn_down'), ggmlF16);
    assert.equal(typeOf('ffn_up'), ggmlQ8_0);
    assert.deepEqual(
      tensors.get('blk.1.ffn_down.weight')?.values,
      rounded(odd.weights.get('blk.1.ffn_down.weight')?.data ?? new Float32Array()),
    );
  });
});

describe('weights that are no numbers a GGUF can hold', () => {
  const name = 'model.layers.1.mlp.up_proj.weight';
  const shape = [96, 64];
  for (const [what, value, problem, matrices] of [
    ['NaN', Number.NaN, /model\.layers\.1\.mlp\.up_proj\.weight holds values that are not finite/, 'f16'],
    [
      'infinity',
      -Infinity,
      /model\.layers\.1\.mlp\.up_proj\.weight holds values that are not finite/,
      'q8_0',
    ],
    ['more than F16 can', 70_000, /blk\.1\.ffn_up\.weight holds 70000, more than F16 can/, 'f16'],
    ['more than Q8_0 can', 1e7, /blk\.1\.ffn_up\.weight holds 10000000, more than Q8_0 can/, 'q8_0'],
  ] as const) {
    it(`are refused by name: ${what}`, async () => {
      const data = madeUpValues(shape, 1);
      data[100] = value;
      const change = (weights: Map<string, Values>) => void weights.set(name, { shape, data });
      const error = await conversions.refusal(llama, { change }, matrices);
      assert.equal(error.code, 'malformed');
      assert.match(error.message, problem);
    });
  }
});
