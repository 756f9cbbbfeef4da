import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Disk } from './disk.ts';

const memory = z.object({ etag: z.string() });

/**
 * The front of a file that is being downloaded, `target.part`, hashed as it grows. Beside it `target.part.json`
 * remembers the ETag of the file it is the front of, so that a later run can go on.
 */
export class PartFile {
  readonly #target: string;
  readonly #handle: FileHandle;
  readonly #disk: Disk;
  #hash: Hash = createHash('sha256');
  #bytes = 0;
  #etag: string | undefined;

  private constructor(target: string, handle: FileHandle, disk: Disk) {
    this.#target = target;
    this.#handle = handle;
    this.#disk = disk;
  }

  /** Goes on with the part that is there, or starts one. A part of unknown origin is started anew. */
  static async open(target: string, disk: Disk, signal?: AbortSignal): Promise<PartFile> {
    const handle = await open(partPath(target), constants.O_RDWR | constants.O_CREAT);
    const part = new PartFile(target, handle, disk);
    try {
      const etag = await rememberedEtag(target);
      if (etag === undefined) await part.restart(undefined);
      else await part.#resume(etag, signal);
      return part;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes that have arrived, from the file's start. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The strong ETag of the file this is the front of; without one it cannot be gone on with. */
  get etag(): string | undefined {
    return this.#etag;
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#disk.write(this.#handle, chunk, this.#bytes);
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** Drops what is there; what follows is the front of the file with this ETag. */
  async restart(etag: string | undefined): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = createHash('sha256');
    this.#bytes = 0;
    this.#etag = etag;
    if (etag === undefined) await rm(memoryPath(this.#target), { force: true });
    else await writeFile(memoryPath(this.#target), JSON.stringify({ etag }));
  }

  /** SHA-256 of what has arrived, lower-case hexadecimal. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Makes the part the finished file. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await rename(partPath(this.#target), this.#target);
    await rm(memoryPath(this.#target), { force: true });
  }

  async remove(): Promise<void> {
    await rm(partPath(this.#target), { force: true });
    await rm(memoryPath(this.#target), { force: true });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #resume(etag: string, signal: AbortSignal | undefined): Promise<void> {
    this.#etag = etag;
    const stream = this.#handle.createReadStream({
      start: 0,
      autoClose: false,
      highWaterMark: 2 ** 20,
      signal,
    });
    for await (const chunk of stream) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
    }
  }
}

function partPath(target: string): string {
  return `${target}.part`;
}

function memoryPath(target: string): string {
  return `${target}.part.json`;
}

/** A memory that cannot be read is none. */
async function rememberedEtag(target: string): Promise<string | undefined> {
  try {
    const stored: unknown = JSON.parse(await readFile(memoryPath(target), 'utf8'));
    return memory.parse(stored).etag;
  } catch {
    return undefined;
  }
}
