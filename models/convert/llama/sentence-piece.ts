import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { z } from 'zod';
import { FormatError } from '../../formats/format-error.ts';
import type { Vocabulary } from './token.ts';

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

const bytePairs = 2;
const largestFile = 64 * 2 ** 20;

const model = z.object({
  pieces: z
    .array(z.object({ piece: z.string().min(1), score: z.number(), type: z.int().min(1).max(6) }))
    .min(1)
    .max(1_000_000),
  trainer_spec: z.object({ model_type: z.int() }).nullish(),
  normalizer_spec: z.object({ add_dummy_prefix: z.boolean() }).nullish(),
});

/** A folder's `tokenizer.model`; undefined where it has none. Throws `FormatError` for one that is not byte-pair encoding. */
export async function readSentencePiece(folder: string): Promise<Vocabulary | undefined> {
  const path = join(folder, 'tokenizer.model');
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isFile() || found.size > largestFile)
    throw new FormatError('too_large', path, 'is not a tokenizer');
  const parsed = model.safeParse(decode(path, await readFile(path)));
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

function decode(path: string, bytes: Uint8Array): unknown {
  try {
    return modelProto.toObject(modelProto.decode(bytes), { defaults: true });
  } catch (cause) {
    throw new FormatError('malformed', path, 'is not a SentencePiece model', { cause });
  }
}
