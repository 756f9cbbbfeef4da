import type { GgufFile } from '#models/formats/gguf/read.ts';
import type { GgufValue, Scalar, ScalarType } from '#models/formats/gguf/types.ts';
import { videoTokenText } from './manifest.ts';
import { PackageError } from './package-error.ts';

/** llama.cpp's token types. CONTROL: never printed, never made from a user's text. */
const normalToken = 1;
const controlToken = 3;

const tokens = 'tokenizer.ggml.tokens';
const tokenTypes = 'tokenizer.ggml.token_type';
const scores = 'tokenizer.ggml.scores';

/** How llama.cpp reads the lists: by these types, and unchecked. */
const listTypes: readonly [key: string, types: readonly ScalarType[]][] = [
  [tokens, ['string']],
  [tokenTypes, ['int32', 'uint32']],
  [scores, ['float32']],
];

/**
 * An LLM's metadata with video tokens behind its `rows` tokens, declared as control tokens. Token types that are absent stand
 * for normal tokens and are written out; absent scores stay absent, for only some tokenizers have them. Throws `PackageError`
 * for lists that are not as long as the token embeddings: then the ids of the new rows would be wrong.
 */
export function withVideoTokens(
  llm: GgufFile,
  rows: number,
  slots: number,
  tokensPerClip: number,
): Map<string, GgufValue> {
  checkLists(llm, rows);
  const texts = Array.from({ length: slots * tokensPerClip }, (_, token) =>
    videoTokenText(Math.floor(token / tokensPerClip), token % tokensPerClip),
  );
  const metadata = new Map(llm.metadata);
  if (!metadata.has(tokenTypes)) {
    metadata.set(tokenTypes, { type: 'array', of: 'int32', values: Array(rows).fill(normalToken) });
  }
  append(metadata, tokens, texts);
  append(metadata, tokenTypes, Array(texts.length).fill(controlToken));
  append(metadata, scores, Array(texts.length).fill(0));
  const sizeKey = `${llm.string('general.architecture')}.vocab_size`;
  const size = metadata.get(sizeKey);
  if (size !== undefined && size.type !== 'array') {
    const longer = llm.number(sizeKey) + texts.length;
    metadata.set(sizeKey, { ...size, value: typeof size.value === 'bigint' ? BigInt(longer) : longer });
  }
  return metadata;
}

function checkLists(llm: GgufFile, rows: number): void {
  for (const [key, types] of listTypes) {
    const list = llm.metadata.get(key);
    if (list === undefined && key !== tokens) continue;
    const isList = list?.type === 'array' && types.includes(list.of);
    const length = isList ? list.values.length : 0;
    if (length === rows) continue;
    const problem = `${llm.path}: ${key} has ${length} entries for ${rows} token embeddings`;
    throw new PackageError('invalid', `${problem}; convert the model again with llama.cpp's converter`);
  }
}

function append(metadata: Map<string, GgufValue>, key: string, values: readonly Scalar[]): void {
  const list = metadata.get(key);
  if (list?.type === 'array') metadata.set(key, { ...list, values: [...list.values, ...values] });
}
