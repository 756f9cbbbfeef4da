import { join } from 'node:path';
import { FormatError } from '#models/formats/format-error.ts';
import { encodeFloats, type WrittenType } from '#models/formats/gguf/encode.ts';
import { type GgufFile, openGguf, type StoredGgufTensor } from '#models/formats/gguf/read.ts';
import { ggmlF16, ggmlF32, type GgufValue, tensorBytes } from '#models/formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '#models/formats/gguf/write.ts';
import { packageFiles } from './manifest.ts';
import { withVideoTokens } from './video-vocabulary.ts';

const embeddings = 'token_embd.weight';
const output = 'output.weight';
const pieceBytes = 8 << 20;

export interface SplitOptions {
  /** The LLM, one GGUF file or the first part of a split. */
  readonly input: string;
  readonly outDir: string;
  /** Clips that can be in the vocabulary at once, and rows of each. */
  readonly slots: number;
  readonly tokensPerClip: number;
  /** Gets bytes written, and of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Writes the LLM as two files: everything but the token embeddings, and the token embeddings alone with
 * `slots * tokensPerClip` zero rows behind them, declared as control tokens (docs/design.md section 3). Writing into
 * those rows shows the LLM a clip. Their output rows are zero. Throws `FormatError`, and `PackageError` for a vocabulary
 * that does not name every row. Needs some pieces of 8 MiB of memory, whatever the model's size.
 */
export async function splitLlm({
  input,
  outDir,
  slots,
  tokensPerClip,
  onProgress = () => {},
}: SplitOptions): Promise<void> {
  const llm = await openGguf(input);
  try {
    const extra = slots * tokensPerClip;
    const table = llm.tensor(embeddings);
    const [rows, width] = matrixShape(table);
    // tied embeddings: the table is the output matrix too, and gets zero rows of its own there
    const logits = llm.tensors.get(output) ?? table;
    refuseOtherShape(table, [rows, width]);
    refuseOtherShape(logits, [rows, width]);
    const metadata = withVideoTokens(llm, rows, slots, tokensPerClip);
    for (const key of ['split.no', 'split.count', 'split.tensors.count']) metadata.delete(key);

    const shape = [rows + extra, width];
    const body: TensorToWrite[] = [...llm.tensors.values()]
      .filter(({ name }) => name !== embeddings && name !== output)
      .map((tensor) => ({ ...tensor, data: () => pieces(llm, tensor) }));
    body.push({ name: output, shape, type: logits.type, data: () => withZeroRows(llm, logits, shape) });
    const type = table.type === ggmlF32 ? ggmlF32 : ggmlF16;
    const vocabulary = { name: embeddings, shape, type, data: () => decodedRows(llm, table, shape, type) };

    const total = body.length + 1;
    const first = bytesOf(vocabulary);
    const all = body.reduce((sum, tensor) => sum + bytesOf(tensor), first);
    // first, for embeddings that are not decoded must fail before gigabytes are copied
    await writeGguf(join(outDir, packageFiles.llmEmbeddings), splitKeys(1, total), [vocabulary], (done) =>
      onProgress(done, all),
    );
    const keys = new Map([...metadata, ...splitKeys(0, total)]);
    await writeGguf(join(outDir, packageFiles.llmBody), keys, body, (done) => onProgress(first + done, all));
  } finally {
    await llm.close();
  }
}

function matrixShape({ name, path, shape }: StoredGgufTensor): [rows: number, width: number] {
  const [rows, width] = shape;
  if (rows !== undefined && width !== undefined && shape.length === 2) return [rows, width];
  throw new FormatError('malformed', path, `${name} is [${shape.join(', ')}], not a matrix`);
}

function bytesOf(tensor: Pick<TensorToWrite, 'shape' | 'type'>): number {
  const bytes = tensorBytes(tensor);
  if (bytes !== undefined) return bytes;
  throw new RangeError(`ggml type ${tensor.type} does not hold [${tensor.shape.join(', ')}]`);
}

function refuseOtherShape({ name, path, shape }: StoredGgufTensor, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((side, axis) => side === expected[axis])) return;
  const problem = `${name} is [${shape.join(', ')}], not [${expected.join(', ')}] as ${embeddings} has it`;
  throw new FormatError('malformed', path, problem);
}

function splitKeys(part: number, tensors: number): Map<string, GgufValue> {
  return new Map<string, GgufValue>([
    ['split.no', { type: 'uint16', value: part }],
    ['split.count', { type: 'uint16', value: 2 }],
    ['split.tensors.count', { type: 'int32', value: tensors }],
  ]);
}

/** A tensor's bytes as they are. */
async function* pieces(llm: GgufFile, { name, bytes }: StoredGgufTensor): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes; start += pieceBytes) {
    yield llm.readBytes(name, start, Math.min(pieceBytes, bytes - start));
  }
}

/** The same, filled up to `shape` with zero bytes, which are zeros in every ggml type: a block's scale is zero. */
async function* withZeroRows(
  llm: GgufFile,
  tensor: StoredGgufTensor,
  shape: readonly number[],
): AsyncGenerator<Uint8Array> {
  yield* pieces(llm, tensor);
  yield* zeros(bytesOf({ shape, type: tensor.type }) - tensor.bytes);
}

/** A tensor's values in a type whose rows can be written one by one, filled up to `shape` with zeros. */
async function* decodedRows(
  llm: GgufFile,
  tensor: StoredGgufTensor,
  shape: readonly number[],
  type: WrittenType,
): AsyncGenerator<Uint8Array> {
  let left = bytesOf({ shape, type });
  for await (const values of llm.floatPieces(tensor.name)) {
    const stored = encodeFloats(type, values, tensor);
    left -= stored.length;
    yield stored;
  }
  yield* zeros(left);
}

function* zeros(bytes: number): Generator<Uint8Array> {
  const piece = new Uint8Array(Math.min(bytes, pieceBytes));
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}
