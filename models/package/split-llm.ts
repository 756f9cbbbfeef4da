import { join } from 'node:path';
import { floatToHalf } from '../formats/half.ts';
import { type GgufFile, openGguf } from '../formats/gguf/read.ts';
import { ggmlF16, ggmlF32, type GgufValue, tensorBytes } from '../formats/gguf/types.ts';
import { type TensorToWrite, writeGguf } from '../formats/gguf/write.ts';
import { packageFiles, videoTokenText } from './manifest.ts';
import { PackageError } from './package-error.ts';

const embeddings = 'token_embd.weight';
const output = 'output.weight';
/** llama.cpp's token type CONTROL: never printed, never made from a user's text. */
const controlToken = 3;
const pieceBytes = 8 << 20;

export interface SplitOptions {
  /** The LLM, one GGUF file or the first part of a split. */
  readonly input: string;
  readonly outDir: string;
  /** Clips that can be in the vocabulary at once, and rows of each. */
  readonly slots: number;
  readonly tokensPerClip: number;
}

/**
 * Writes the LLM as two files: everything but the token embeddings, and the token embeddings alone with
 * `slots * tokensPerClip` zero rows behind them, declared as control tokens (docs/design.md section 3). Whoever writes into
 * those rows shows the LLM a clip. Their output rows are zero. Throws `FormatError`, and `PackageError` for a vocabulary
 * that does not name every row and say its kind.
 */
export async function splitLlm({ input, outDir, slots, tokensPerClip }: SplitOptions): Promise<void> {
  const llm = await openGguf(input);
  try {
    const extra = slots * tokensPerClip;
    const table = llm.tensor(embeddings);
    const logits = llm.tensors.get(output) ?? table;
    const body: TensorToWrite[] = [...llm.tensors.values()]
      .filter(({ name }) => name !== embeddings && name !== output)
      .map((tensor) => ({ ...tensor, data: () => pieces(llm, tensor.name) }));
    body.push(withZeroRows(llm, { ...logits, name: output }, logits.name, extra));
    checkVocabulary(llm);
    const metadata = extendedMetadata(llm, slots, tokensPerClip);
    const total = body.length + 1;
    const type = table.type === ggmlF32 ? ggmlF32 : ggmlF16;
    const [rows = 0, width = 0] = table.shape;
    const vocabulary: TensorToWrite = {
      name: embeddings,
      shape: [rows + extra, width],
      type,
      data: async function* () {
        const values = await llm.readFloats(embeddings);
        const stored = type === ggmlF32 ? values : floatToHalf(values);
        yield new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
        yield new Uint8Array(extra * width * stored.BYTES_PER_ELEMENT);
      },
    };
    // first, for embeddings that are not decoded must fail before gigabytes are copied
    await writeGguf(join(outDir, packageFiles.llmEmbeddings), splitKeys(1, total), [vocabulary]);
    await writeGguf(join(outDir, packageFiles.llmBody), new Map([...metadata, ...splitKeys(0, total)]), body);
  } finally {
    await llm.close();
  }
}

/** The ids of the new rows are right only where the lists are as long as the table. */
function checkVocabulary(llm: GgufFile): void {
  const rows = llm.tensor(embeddings).shape[0];
  for (const key of ['tokenizer.ggml.tokens', 'tokenizer.ggml.token_type']) {
    const list = llm.metadata.get(key);
    const length = list?.type === 'array' ? list.values.length : 0;
    if (length === rows) continue;
    const problem = `${llm.path}: ${key} has ${length} entries for ${rows} token embeddings`;
    throw new PackageError('invalid', `${problem}; convert the model again with llama.cpp's converter`);
  }
}

function splitKeys(part: number, tensors: number): Map<string, GgufValue> {
  return new Map<string, GgufValue>([
    ['split.no', { type: 'uint16', value: part }],
    ['split.count', { type: 'uint16', value: 2 }],
    ['split.tensors.count', { type: 'int32', value: tensors }],
  ]);
}

/** The token lists made longer by the video tokens, and a declared vocabulary size with them. */
function extendedMetadata(llm: GgufFile, slots: number, tokensPerClip: number): Map<string, GgufValue> {
  const texts = Array.from({ length: slots * tokensPerClip }, (_, token) =>
    videoTokenText(Math.floor(token / tokensPerClip), token % tokensPerClip),
  );
  const metadata = new Map(llm.metadata);
  for (const key of ['split.no', 'split.count', 'split.tensors.count']) metadata.delete(key);
  append(metadata, 'tokenizer.ggml.tokens', texts);
  append(metadata, 'tokenizer.ggml.token_type', new Array<number>(texts.length).fill(controlToken));
  append(metadata, 'tokenizer.ggml.scores', new Array<number>(texts.length).fill(0));
  const sizeKey = `${llm.string('general.architecture')}.vocab_size`;
  const size = metadata.get(sizeKey);
  if (size !== undefined && size.type !== 'array') {
    metadata.set(sizeKey, { type: size.type, value: llm.number(sizeKey) + texts.length });
  }
  return metadata;
}

function append(metadata: Map<string, GgufValue>, key: string, values: readonly (string | number)[]): void {
  const list = metadata.get(key);
  if (list?.type === 'array') metadata.set(key, { ...list, values: [...list.values, ...values] });
}

/** Zero bytes are zeros in every ggml type: a block's scale is zero. */
function withZeroRows(
  llm: GgufFile,
  { name, shape: [rows = 0, width = 0], type }: { name: string; shape: readonly number[]; type: number },
  source: string,
  extra: number,
): TensorToWrite {
  const shape = [rows + extra, width];
  return {
    name,
    shape,
    type,
    data: async function* () {
      yield* pieces(llm, source);
      yield new Uint8Array((tensorBytes({ shape, type }) ?? 0) - llm.tensor(source).bytes);
    },
  };
}

async function* pieces(llm: GgufFile, name: string): AsyncGenerator<Uint8Array> {
  const { bytes } = llm.tensor(name);
  for (let start = 0; start < bytes; start += pieceBytes) {
    yield llm.readBytes(name, start, Math.min(pieceBytes, bytes - start));
  }
}
