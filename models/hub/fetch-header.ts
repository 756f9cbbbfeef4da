import { open } from 'node:fs/promises';
import { FormatError } from '#models/formats/format-error.ts';
import { openGguf } from '#models/formats/gguf/read.ts';
import { StoredZip } from '#models/formats/stored-zip.ts';

/** A file elsewhere: its size, and any piece of it; undefined where only the whole of it is to be had. */
export interface RemoteFile {
  readonly bytes: number;
  read(start: number, length: number): Promise<Buffer | undefined>;
}

const mebibyte = 2 ** 20;
/** The vocabulary lies in a GGUF's header: 2 MiB in LLaMA 2's, some 10 in the largest. */
const maxHeaderSize = 64 * mebibyte;
/** The list of a checkpoint's entries lies at its end. */
const zipTails = [mebibyte, 16 * mebibyte];
/** In front of an entry's bytes: its own header, the name, and what torch fills up with. */
const maxEntryHeader = 4096;

/**
 * Makes at `path` a file of the size that `remote` has, of which only the header is there and the rest is a hole: whoever
 * looks at names, shapes and types sees the file. False where that cannot be made; nothing can be said of it then. Throws
 * what `remote.read` throws.
 */
export async function fetchHeader(remote: RemoteFile, path: string): Promise<boolean> {
  const file = await open(path, 'wx');
  try {
    await file.truncate(remote.bytes);
    const copy: Copy = async (start, length) => {
      const within = Math.max(0, Math.min(length, remote.bytes - start));
      const piece = await remote.read(start, within);
      if (piece === undefined) return undefined;
      await file.write(piece, 0, piece.length, start);
      return piece;
    };
    if (path.endsWith('.gguf')) return await copyGgufHeader(copy, path, remote.bytes);
    if (path.endsWith('.safetensors')) return await copySafetensorsHeader(copy);
    return await copyZipHeaders(copy, path, remote.bytes);
  } finally {
    await file.close();
  }
}

type Copy = (start: number, length: number) => Promise<Buffer | undefined>;

async function copySafetensorsHeader(copy: Copy): Promise<boolean> {
  const start = await copy(0, 8);
  if (start === undefined || start.length < 8) return start !== undefined;
  const length = start.readBigUInt64LE();
  // what is longer is refused by whoever reads it
  return length > maxHeaderSize || (await copy(8, Number(length))) !== undefined;
}

/** How long the header is stands nowhere: enough is there when the first tensor lies behind it. */
async function copyGgufHeader(copy: Copy, path: string, bytes: number): Promise<boolean> {
  const most = Math.min(bytes, maxHeaderSize);
  for (let here = 0; here < most; ) {
    const next = Math.min(most, Math.max(4 * mebibyte, 4 * here));
    if ((await copy(here, next - here)) === undefined) return false;
    here = next;
    if (here === bytes || (await firstTensor(path)) <= here) return true;
  }
  return false;
}

async function firstTensor(path: string): Promise<number> {
  try {
    const gguf = await openGguf(path);
    await gguf.close();
    return Math.min(...[...gguf.tensors.values()].map(({ offset }) => offset));
  } catch (error) {
    // a header with a hole in it is no header yet
    if (error instanceof FormatError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

async function copyZipHeaders(copy: Copy, path: string, bytes: number): Promise<boolean> {
  if ((await copy(0, maxEntryHeader)) === undefined) return false;
  for (const tail of zipTails) {
    if ((await copy(Math.max(0, bytes - tail), tail)) === undefined) return false;
    const zip = await StoredZip.open(path).catch((error: unknown) => {
      if (error instanceof FormatError) return undefined;
      throw error;
    });
    if (zip === undefined && tail < bytes) continue;
    // not a zip at all: whoever reads it says so, by its beginning
    if (zip === undefined) return true;
    await zip.close();
    const described = zip.names.filter((name) => /\/(data\.pkl|byteorder)$/.test(name));
    for (const { start, length } of described.flatMap((name) => zip.extent(name) ?? [])) {
      if ((await copy(start, length + maxEntryHeader)) === undefined) return false;
    }
    return true;
  }
  return true;
}
