import type { GgufValue, Scalar, ScalarType } from '#models/formats/gguf/types.ts';
import { ggmlF32, tensorBytes } from '#models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '#models/formats/gguf/write.ts';
import { floatToHalf } from '#models/formats/half.ts';
import type { LlamaConfig } from '#models/nets/llama.ts';
import { randomFrom } from '#models/world/random.ts';

const ggmlQ4_0 = 2;
const blockBytes = 18;
const pieceBlocks = 1 << 18;

/** Writes a LLaMA with random weights in Q4_0, as most people have theirs: four gigabytes for one of seven billion. */
export async function writeRandomLlama(
  path: string,
  config: LlamaConfig,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const { width, layers, mlpWidth, vocabulary } = config;
  const piece = randomBlocks();
  const matrix = (name: string, rows: number, columns: number): TensorToWrite => {
    const shape = [rows, columns];
    const bytes = tensorBytes({ shape, type: ggmlQ4_0 }) ?? 0;
    return { name, shape, type: ggmlQ4_0, data: () => repeated(piece, bytes) };
  };
  const ones = new Uint8Array(new Float32Array(width).fill(1).buffer);
  const gain = (name: string): TensorToWrite => ({ name, shape: [width], type: ggmlF32, data: () => [ones] });
  const tensors = Array.from({ length: layers }, (_, layer) => [
    gain(`blk.${layer}.attn_norm.weight`),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) =>
      matrix(`blk.${layer}.${name}.weight`, width, width),
    ),
    gain(`blk.${layer}.ffn_norm.weight`),
    matrix(`blk.${layer}.ffn_gate.weight`, mlpWidth, width),
    matrix(`blk.${layer}.ffn_up.weight`, mlpWidth, width),
    matrix(`blk.${layer}.ffn_down.weight`, width, mlpWidth),
  ]).flat();
  const whole = [
    matrix('token_embd.weight', vocabulary, width),
    ...tensors,
    gain('output_norm.weight'),
    matrix('output.weight', vocabulary, width),
  ];
  await writeGguf(path, metadata(config), whole, onProgress);
}

/** Blocks of 32 random nibbles with one scale that gives values a deviation of 0.02. */
function randomBlocks(): Uint8Array {
  const random = randomFrom('blocks');
  const [scale = 0] = floatToHalf(Float32Array.of(0.02 / 4.6));
  const bytes = new Uint8Array(pieceBlocks * blockBytes);
  for (let index = 0; index < bytes.length; index++) bytes[index] = random.int(0, 256);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < pieceBlocks; block++) view.setUint16(block * blockBytes, scale, true);
  return bytes;
}

function* repeated(piece: Uint8Array, bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= Math.min(left, piece.length)) {
    yield piece.subarray(0, Math.min(left, piece.length));
  }
}

function metadata({ width, layers, heads, mlpWidth, vocabulary, epsilon, ropeBase }: LlamaConfig) {
  const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const float32 = (value: number): GgufValue => ({ type: 'float32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const list = (of: ScalarType, values: readonly Scalar[]): GgufValue => ({ type: 'array', of, values });
  const ids = Array.from({ length: vocabulary }, (_, id) => id);
  const firstWord = 3 + 256;
  return new Map<string, GgufValue>([
    ['general.architecture', text('llama')],
    ['llama.context_length', uint32(4096)],
    ['llama.embedding_length', uint32(width)],
    ['llama.block_count', uint32(layers)],
    ['llama.feed_forward_length', uint32(mlpWidth)],
    ['llama.attention.head_count', uint32(heads)],
    ['llama.attention.layer_norm_rms_epsilon', float32(epsilon)],
    ['llama.rope.dimension_count', uint32(width / heads)],
    ['llama.rope.freq_base', float32(ropeBase)],
    ['tokenizer.ggml.model', text('llama')],
    ['tokenizer.ggml.tokens', list('string', ids.map(tokenText))],
    [
      'tokenizer.ggml.scores',
      list(
        'float32',
        ids.map((id) => (id < firstWord ? 0 : -id)),
      ),
    ],
    [
      'tokenizer.ggml.token_type',
      list(
        'int32',
        ids.map((id) => (id < 3 ? 3 : id < firstWord ? 6 : 1)),
      ),
    ],
    ['tokenizer.ggml.bos_token_id', uint32(1)],
    ['tokenizer.ggml.eos_token_id', uint32(2)],
    ['tokenizer.ggml.unknown_token_id', uint32(0)],
  ]);
}

function tokenText(id: number): string {
  if (id < 3) return ['<unk>', '<s>', '</s>'][id] ?? '';
  if (id < 259) return `<0x${(id - 3).toString(16).toUpperCase().padStart(2, '0')}>`;
  return `▁${id.toString(36)}`;
}
