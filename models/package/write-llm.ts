import { floatToHalf } from '#models/formats/half.ts';
import { ggmlF16, ggmlF32, type GgufValue } from '#models/formats/gguf/types.ts';
import { writeGguf } from '#models/formats/gguf/write.ts';
import type { LlamaConfig } from '#models/nets/llama.ts';
import { specialTokens, type WordTokenizer } from './word-tokenizer.ts';

export interface WrittenLlm {
  readonly name: string;
  readonly config: LlamaConfig;
  readonly context: number;
  readonly tokenizer: WordTokenizer;
  /** By GGUF name. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/** llama.cpp's token types. */
const normalToken = 1;
const controlToken = 3;

/** Writes a decoder of `nets/llama` as GGUF for llama.cpp: matrices in F16, embeddings and vectors in F32. */
export async function writeLlm(
  path: string,
  { name, config, context, tokenizer, tensors }: WrittenLlm,
): Promise<void> {
  const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const float32 = (value: number): GgufValue => ({ type: 'float32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', text('llama')],
    ['general.name', text(name)],
    ['llama.context_length', uint32(context)],
    ['llama.embedding_length', uint32(config.width)],
    ['llama.block_count', uint32(config.layers)],
    ['llama.feed_forward_length', uint32(config.mlpWidth)],
    ['llama.attention.head_count', uint32(config.heads)],
    ['llama.attention.head_count_kv', uint32(config.heads)],
    ['llama.attention.layer_norm_rms_epsilon', float32(config.epsilon)],
    ['llama.rope.dimension_count', uint32(config.width / config.heads)],
    ['llama.rope.freq_base', float32(config.ropeBase)],
    ['llama.vocab_size', uint32(tokenizer.tokens.length)],
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text('llama-bpe')],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', values: tokenizer.tokens }],
    [
      'tokenizer.ggml.token_type',
      {
        type: 'array',
        of: 'int32',
        values: tokenizer.tokens.map((_, id) => (id < specialTokens.length ? controlToken : normalToken)),
      },
    ],
    ['tokenizer.ggml.merges', { type: 'array', of: 'string', values: [] }],
    ['tokenizer.ggml.bos_token_id', uint32(tokenizer.bos)],
    ['tokenizer.ggml.eos_token_id', uint32(tokenizer.eos)],
    ['tokenizer.ggml.padding_token_id', uint32(tokenizer.pad)],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
  ]);
  const written = [...tensors].map(([tensor, { shape, data }]) => {
    const half = shape.length > 1 && tensor !== 'token_embd.weight';
    const stored = half ? floatToHalf(data) : data;
    return {
      name: tensor,
      shape,
      type: half ? ggmlF16 : ggmlF32,
      data: () => [new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)],
    };
  });
  await writeGguf(path, metadata, written);
}
