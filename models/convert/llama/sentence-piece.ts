import { join } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import protobuf from 'protobufjs';
import { z } from 'zod';
import { BoundedFile } from '#models/formats/bounded-file.ts';
import { FormatError } from '#models/formats/format-error.ts';
import { maxTokens, type Vocabulary } from './token.ts';

/** The part of sentencepiece_model.proto that we need; field numbers are the standard's. */
const schema = `
syntax = "proto2";
package sentencepiece;
message TrainerSpec { optional int32 model_type = 3 [default = 1]; }
message NormalizerSpec { optional bool add_dummy_prefix = 3 [default = true]; }
message ModelProto {
  message SentencePiece {
    optional string piece = 1; optional float score = 2; optional int32 type = 3 [default = 1];
  }
  repeated SentencePiece pieces = 1;
  optional TrainerSpec trainer_spec = 2;
  optional NormalizerSpec normalizer_spec = 3;
}
`;
const modelProto = protobuf.parse(schema, { keepCase: true }).root.lookupType('sentencepiece.ModelProto');
/** How a piece begins in a file: field 1, of a stated length. */
const pieceTag = (1 << 3) | 2;

const bytePairs = 2;
/** Half a MiB holds LLaMA's 32,000 pieces. */
const maxFileSize = 32 * 2 ** 20;

const model = z.object({
  pieces: z
    .array(z.object({ piece: z.string().min(1), score: z.number(), type: z.int().min(1).max(6) }))
    .min(1),
  trainer_spec: z.object({ model_type: z.int() }).nullish(),
  normalizer_spec: z.object({ add_dummy_prefix: z.boolean() }).nullish(),
});

/** A folder's `tokenizer.model`; undefined where it has none. Throws `FormatError` for one that is not byte-pair encoding. */
export async function readSentencePiece(folder: string): Promise<Vocabulary | undefined> {
  const path = join(folder, 'tokenizer.model');
  if ((await findStats(path)) === undefined) return undefined;
  const parsed = model.safeParse(decode(path, await readWhole(path)));
  if (!parsed.success) {
    const problem = 'is not a SentencePiece model';
    throw new FormatError('malformed', path, problem, { cause: parsed.error });
  }
  const { pieces, trainer_spec: trainer, normalizer_spec: normaliser } = parsed.data;
  if (trainer?.model_type !== bytePairs) {
    throw new FormatError('unsupported', path, 'is a SentencePiece model of another kind than byte pairs');
  }
  return {
    tokens: pieces.map(({ piece, score, type }) => ({ text: piece, score, type })),
    spacePrefix: normaliser?.add_dummy_prefix ?? true,
  };
}

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await BoundedFile.open(path);
  try {
    if (file.size > maxFileSize) throw file.error('too_large', 'is too large for a tokenizer');
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}

function decode(path: string, bytes: Uint8Array): unknown {
  try {
    if (countPieces(bytes) > maxTokens) throw new RangeError(`more than ${maxTokens} pieces`);
    return modelProto.toObject(modelProto.decode(bytes), { defaults: true });
  } catch (cause) {
    throw new FormatError('malformed', path, 'is not a SentencePiece model', { cause });
  }
}

/** Two bytes make a piece, which decoded takes hundreds. */
function countPieces(bytes: Uint8Array): number {
  const reader = protobuf.Reader.create(bytes);
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === pieceTag) count += 1;
    reader.skipType(tag & 7);
  }
  return count;
}
