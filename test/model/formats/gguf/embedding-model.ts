import { ggmlF32, type GgufValue } from '#models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '#models/formats/gguf/write.ts';

/** A vocabulary's embeddings as they lie in a file. */
export interface StoredTable {
  readonly type: number;
  readonly rows: number;
  readonly width: number;
  readonly bytes: Uint8Array;
}

const heads = 2;
const mlpWidth = 32;

/**
 * A llama model whose one layer adds nothing: a token's hidden state is its embedding x as x / sqrt(mean(x^2) + epsilon).
 * An epsilon of the size of mean(x^2) lets the scale be seen, not only the direction.
 */
export async function writeEmbeddingModel(path: string, table: StoredTable, epsilon: number): Promise<void> {
  const { type, rows, width, bytes } = table;
  const filled = (name: string, shape: readonly number[], value: number): TensorToWrite => {
    const size = shape.reduce((product, side) => product * side, 1);
    const data = new Uint8Array(new Float32Array(size).fill(value).buffer);
    return { name: `${name}.weight`, shape, type: ggmlF32, data: () => [data] };
  };
  const attention = ['attn_q', 'attn_k', 'attn_v', 'attn_output'];
  await writeGguf(path, metadata(rows, width, epsilon), [
    { name: 'token_embd.weight', shape: [rows, width], type, data: () => [bytes] },
    ...['output_norm', 'blk.0.attn_norm', 'blk.0.ffn_norm'].map((name) => filled(name, [width], 1)),
    ...attention.map((name) => filled(`blk.0.${name}`, [width, width], 0)),
    ...['ffn_gate', 'ffn_up'].map((name) => filled(`blk.0.${name}`, [mlpWidth, width], 0)),
    filled('blk.0.ffn_down', [width, mlpWidth], 0),
    filled('output', [rows, width], 0),
  ]);
}

function metadata(rows: number, width: number, epsilon: number): Map<string, GgufValue> {
  const count = (value: number): GgufValue => ({ type: 'uint32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const tokens = Array.from({ length: rows }, (_, id) => `t${id}`);
  return new Map<string, GgufValue>([
    ['general.architecture', text('llama')],
    ['llama.context_length', count(64)],
    ['llama.embedding_length', count(width)],
    ['llama.block_count', count(1)],
    ['llama.feed_forward_length', count(mlpWidth)],
    ['llama.attention.head_count', count(heads)],
    ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: epsilon }],
    ['llama.rope.dimension_count', count(width / heads)],
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text('llama-bpe')],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', values: tokens }],
    ['tokenizer.ggml.token_type', { type: 'array', of: 'int32', values: tokens.map(() => 1) }],
    ['tokenizer.ggml.merges', { type: 'array', of: 'string', values: [] }],
    ['tokenizer.ggml.bos_token_id', count(0)],
    ['tokenizer.ggml.eos_token_id', count(0)],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
  ]);
}
