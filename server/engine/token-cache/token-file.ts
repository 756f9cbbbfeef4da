import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type encoderMode, type frameOrder, stageTimings } from '#contract/rest.ts';
import { floatBytes, floatsOf } from '#core/float-bytes.ts';

/** All that decides what a clip's tokens are: another value of any of these, other tokens. */
export interface TokenKey {
  /** Of the clip's bytes, hex. */
  readonly sha256: string;
  readonly mode: z.infer<typeof encoderMode>;
  readonly frames: number;
  /** How frames are chosen, by name. */
  readonly sampler: string;
  /** Default: forward. */
  readonly order?: z.infer<typeof frameOrder>;
  /** Names the package that encoded. */
  readonly packageHash: string;
}

/** A clip as the language model reads it, and how it came to be. */
export interface StoredTokens {
  /** [count, width] */
  readonly tokens: { readonly data: Float32Array; readonly count: number; readonly width: number };
  /** Seconds of the frames it was seen by. */
  readonly frames: readonly number[];
  /** Milliseconds that each stage took. */
  readonly timings: z.infer<typeof timings>;
}

const timings = stageTimings.pick({ probe: true, sample: true, preprocess: true, encode: true });
const header = z.object({
  count: z.int().positive(),
  width: z.int().positive(),
  frames: z.array(z.number()),
  timings,
});

/**
 * Magic, SHA-256 of the name and all that follows, uint32 length of the header, the header as JSON, then the tokens as
 * float32; numbers are little-endian. With the name in the hash no file is ever taken for another.
 */
const magic = Buffer.from('stanvtk1');
const hashEnd = magic.length + 32;
const headerStart = hashEnd + 4;

/** The file's name: the same for the same key only. */
export function tokenFileName({ sha256, mode, frames, sampler, packageHash, order }: TokenKey): string {
  const facts = [sha256, mode, frames, sampler, packageHash];
  const text = JSON.stringify(order === undefined || order === 'forward' ? facts : [...facts, order]);
  return `${createHash('sha256').update(text).digest('hex')}.bin`;
}

export function writeTokenFile(name: string, { tokens, frames, timings }: StoredTokens): Uint8Array {
  const { count, width, data } = tokens;
  const json = Buffer.from(JSON.stringify({ count, width, frames, timings }));
  const dataStart = headerStart + json.length;
  const bytes = Buffer.allocUnsafe(dataStart + data.byteLength);
  magic.copy(bytes);
  bytes.writeUInt32LE(json.length, hashEnd);
  json.copy(bytes, headerStart);
  bytes.set(floatBytes(data), dataStart);
  hashOf(name, bytes).copy(bytes, magic.length);
  return bytes;
}

/** Undefined for bytes that are not, to the last bit, what was written under this name. */
export function readTokenFile(name: string, bytes: Buffer): StoredTokens | undefined {
  const isOurs = bytes.length >= headerStart && bytes.subarray(0, magic.length).equals(magic);
  if (!isOurs || !bytes.subarray(magic.length, hashEnd).equals(hashOf(name, bytes))) return undefined;
  const dataStart = headerStart + bytes.readUInt32LE(hashEnd);
  const { count, width, frames, timings } = header.parse(
    JSON.parse(bytes.toString('utf8', headerStart, dataStart)),
  );
  const data = floatsOf(bytes.subarray(dataStart, dataStart + 4 * count * width));
  return { tokens: { data, count, width }, frames, timings };
}

function hashOf(name: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(name).update(bytes.subarray(hashEnd)).digest();
}
