import assert from 'node:assert/strict';
import type { Token } from '#models/convert/llama/token.ts';
import type { GgufFile } from '#models/formats/gguf/read.ts';
import type { Llama, Values } from './llama.ts';

/** Reads a small LLaMA whole. */
export async function llamaOfGguf(file: GgufFile): Promise<Llama> {
  const number = (key: string): number => file.number(`llama.${key}`);
  const list = (key: string): readonly unknown[] => {
    const found = file.metadata.get(`tokenizer.ggml.${key}`);
    assert.ok(found?.type === 'array', key);
    return found.values;
  };
  const [scores, types] = [list('scores').map(Number), list('token_type').map(Number)];
  const tokens = list('tokens').map((text, id): Token => {
    return { text: String(text), score: scores[id] ?? 0, type: types[id] ?? 0 };
  });
  const weights = new Map<string, Values>();
  for (const { name, shape } of file.tensors.values())
    weights.set(name, { shape, data: await file.readFloats(name) });
  const [width, heads] = [number('embedding_length'), number('attention.head_count')];
  return {
    sizes: {
      width,
      heads,
      headWidth: width / heads,
      kvHeads: number('attention.head_count_kv'),
      layers: number('block_count'),
      mlpWidth: number('feed_forward_length'),
      vocabulary: tokens.length,
    },
    epsilon: number('attention.layer_norm_rms_epsilon'),
    ropeBase: 10_000,
    context: number('context_length'),
    tokens,
    weights,
  };
}
