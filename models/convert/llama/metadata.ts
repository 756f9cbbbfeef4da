import type { GgufValue, Scalar, ScalarType } from '#models/formats/gguf/types.ts';
import type { StatedLlama } from './config.ts';
import type { LlamaSizes } from './sizes.ts';
import { tokenType, type Vocabulary } from './token.ts';

/** What llama.cpp wants to know of a LLaMA besides its weights (gguf.md, "LLaMA" and "Tokenizer"). */
export function llamaMetadata(
  stated: StatedLlama,
  sizes: LlamaSizes,
  { tokens, spacePrefix }: Vocabulary,
  ends: { readonly bos: number; readonly eos: number },
): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', text('llama')],
    ['general.alignment', uint32(32)],
    ['llama.context_length', uint32(stated.context)],
    ['llama.embedding_length', uint32(sizes.width)],
    ['llama.block_count', uint32(sizes.layers)],
    ['llama.feed_forward_length', uint32(sizes.mlpWidth)],
    ['llama.attention.head_count', uint32(sizes.heads)],
    ['llama.attention.head_count_kv', uint32(sizes.kvHeads)],
    ['llama.attention.key_length', uint32(sizes.headWidth)],
    ['llama.attention.value_length', uint32(sizes.headWidth)],
    ['llama.attention.layer_norm_rms_epsilon', float32(stated.epsilon)],
    ['llama.rope.dimension_count', uint32(sizes.headWidth)],
    ['llama.rope.freq_base', float32(stated.ropeBase)],
    ['llama.vocab_size', uint32(sizes.vocabulary)],
    ['tokenizer.ggml.model', text('llama')],
    [
      'tokenizer.ggml.tokens',
      list(
        'string',
        tokens.map((token) => token.text),
      ),
    ],
    [
      'tokenizer.ggml.scores',
      list(
        'float32',
        tokens.map(({ score }) => score),
      ),
    ],
    [
      'tokenizer.ggml.token_type',
      list(
        'int32',
        tokens.map(({ type }) => type),
      ),
    ],
    ['tokenizer.ggml.bos_token_id', uint32(ends.bos)],
    ['tokenizer.ggml.eos_token_id', uint32(ends.eos)],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: true }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: spacePrefix }],
  ]);
  const unknown = tokens.findIndex(({ type }) => type === tokenType.unknown);
  if (unknown >= 0) metadata.set('tokenizer.ggml.unknown_token_id', uint32(unknown));
  if (stated.ropeFactor !== 1) {
    metadata.set('llama.rope.scaling.type', text('linear'));
    metadata.set('llama.rope.scaling.factor', float32(stated.ropeFactor));
  }
  return metadata;
}

const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
const float32 = (value: number): GgufValue => ({ type: 'float32', value });
const text = (value: string): GgufValue => ({ type: 'string', value });
const list = (of: ScalarType, values: readonly Scalar[]): GgufValue => ({ type: 'array', of, values });
