import { llamaMetadata } from '#models/convert/llama/metadata.ts';
import { ggmlF32, tensorBytes } from '#models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '#models/formats/gguf/write.ts';
import { floatToHalf } from '#models/formats/half.ts';
import type { LlamaConfig } from '#models/nets/llama.ts';
import { randomFrom } from '#models/world/random.ts';
import { llamaVocabulary } from '../public-weights/llama-vocabulary.ts';

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

/** LLaMA's real vocabulary, so that a prompt has as many tokens as people's have. */
function metadata({ width, layers, heads, mlpWidth, vocabulary, epsilon, ropeBase }: LlamaConfig) {
  const tokens = llamaVocabulary();
  if (tokens.length !== vocabulary)
    throw new RangeError(`LLaMA has ${tokens.length} tokens, not ${vocabulary}`);
  const stated = {
    layers,
    heads,
    kvHeads: heads,
    epsilon,
    ropeBase,
    ropeFactor: 1,
    context: 4096,
    tied: false,
    bos: 1,
    eos: 2,
  };
  const sizes = { width, layers, heads, kvHeads: heads, headWidth: width / heads, mlpWidth, vocabulary };
  return llamaMetadata(stated, sizes, { tokens, spacePrefix: true }, { bos: 1, eos: 2 });
}
