import { createHash } from 'node:crypto';
import { z } from 'zod';
import { floatBytes, floatsOf } from '#core/float-bytes.ts';
import type { ClipTimings } from '../events.ts';
import type { FrameOrder } from '../media/frame-order.ts';
import type { EncoderMode, Part, VideoTokens } from '../types.ts';
import { partName } from '../media/part.ts';

/** All that a clip's video tokens depend on. */
export interface TokenKey {
  /** Of the clip's bytes, hex. */
  readonly sha256: string;
  readonly mode: EncoderMode;
  readonly frames: number;
  /** How frames are chosen, by name. */
  readonly sampler: string;
  /** Default: forward. */
  readonly order?: FrameOrder;
  /** The part of the clip; all of it where left out. */
  readonly part?: Part | undefined;
  /** Names the package that encoded. */
  readonly packageHash: string;
}

/** An encoded clip, and how it was made. */
export interface StoredTokens {
  readonly tokens: VideoTokens;
  /** Seconds of the sampled frames. */
  readonly frames: readonly number[];
  readonly timings: ClipTimings;
}

const milliseconds = z.number();
const timings = z.object({
  probe: milliseconds,
  sample: milliseconds,
  preprocess: milliseconds,
  encode: milliseconds,
}) satisfies z.ZodType<ClipTimings>;
const part = z.union([z.object({ text: z.string() }), z.object({ rows: z.int().positive() })]);
const header = z.object({
  count: z.int().positive(),
  width: z.int().positive(),
  parts: z.array(part).optional(),
  frames: z.array(z.number()),
  timings,
});

/**
 * Magic, SHA-256 of the name and all that follows, uint32 length of the header, the header as JSON, then the tokens as
 * float32; numbers are little-endian. The name is in the hash, so a renamed file is not read as another clip.
 */
const magic = Buffer.from('stanvtk1');
const hashEnd = magic.length + 32;
const headerStart = hashEnd + 4;

/** Different keys give different names; those of one clip begin alike, so that they can go with it. */
export function tokenFileName(key: TokenKey): string {
  const { sha256, mode, frames, sampler, packageHash, order, part } = key;
  const facts: unknown[] = [sha256, mode, frames, sampler, packageHash];
  if (order !== undefined && order !== 'forward') facts.push(order);
  if (part !== undefined) facts.push({ part: partName(part) });
  const text = JSON.stringify(facts);
  return `${clipPrefix(sha256)}${digestOf(text).slice(0, 32)}.bin`;
}

/** Whether a file holds tokens of the clip with this SHA-256. */
export function isTokenFileOf(name: string, sha256: string): boolean {
  return name.startsWith(clipPrefix(sha256));
}

function clipPrefix(sha256: string): string {
  return digestOf(sha256).slice(0, 32);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function writeTokenFile(name: string, { tokens, frames, timings }: StoredTokens): Uint8Array {
  const { count, width, parts, data } = tokens;
  const json = Buffer.from(JSON.stringify({ count, width, parts, frames, timings }));
  const dataStart = headerStart + json.length;
  const bytes = Buffer.allocUnsafe(dataStart + data.byteLength);
  magic.copy(bytes);
  bytes.writeUInt32LE(json.length, hashEnd);
  json.copy(bytes, headerStart);
  bytes.set(floatBytes(data), dataStart);
  hashOf(name, bytes).copy(bytes, magic.length);
  return bytes;
}

/** Undefined unless the bytes are exactly what was written under this name. */
export function readTokenFile(name: string, bytes: Buffer): StoredTokens | undefined {
  const isOurs = bytes.length >= headerStart && bytes.subarray(0, magic.length).equals(magic);
  if (!isOurs || !bytes.subarray(magic.length, hashEnd).equals(hashOf(name, bytes))) return undefined;
  const dataStart = headerStart + bytes.readUInt32LE(hashEnd);
  const { count, width, parts, frames, timings } = header.parse(
    JSON.parse(bytes.toString('utf8', headerStart, dataStart)),
  );
  const data = floatsOf(bytes.subarray(dataStart, dataStart + 4 * count * width));
  return { tokens: { data, count, width, ...(parts && { parts }) }, frames, timings };
}

function hashOf(name: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(name).update(bytes.subarray(hashEnd)).digest();
}
