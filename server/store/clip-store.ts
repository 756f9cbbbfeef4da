import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { videoId } from '../contract.ts';
import { AppError } from '../errors.ts';

/** What is known about a stored clip; kept as JSON beside it. */
const storedClip = z.object({
  id: videoId,
  /** The name the file had where it came from; shown, never used as a path. */
  name: z.string(),
  bytes: z.int().positive(),
  sha256: z.string(),
  /** Seconds, and pixels as displayed. */
  duration: z.number(),
  width: z.int(),
  height: z.int(),
  format: z.string(),
});
export type StoredClip = z.infer<typeof storedClip>;
export type ClipFacts = Pick<StoredClip, 'name' | 'duration' | 'width' | 'height' | 'format'>;

/** An upload that is whole on disk but not yet part of the store. */
export interface Upload {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Clip files in one folder: `<id>.clip` with `<id>.json` beside it. Bytes arrive in `<id>.<pid>.part`, so that
 * nothing half-written ever carries a final name and a later start can tell whose leftovers to sweep.
 */
export class ClipStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the store, making its folder and removing what an earlier, killed process left half-written. */
  static async open(folder: string): Promise<ClipStore> {
    const store = new ClipStore(resolve(folder));
    await onDisk(mkdir(store.#folder, { recursive: true, mode: 0o700 }));
    await onDisk(store.#sweep());
    return store;
  }

  /** Streams an upload to disk. Leaves nothing behind when it throws: `too_large`, `storage_full`, `cancelled`. */
  async receive(source: Readable, limits: { maxBytes: number; signal: AbortSignal }): Promise<Upload> {
    const id = randomBytes(16).toString('hex');
    const path = join(this.#folder, `${id}.${process.pid}.part`);
    const hash = createHash('sha256');
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        bytes += chunk.length;
        hash.update(chunk);
        next(bytes > limits.maxBytes ? tooLarge(limits.maxBytes) : null, chunk);
      },
    });
    try {
      const target = createWriteStream(path, { flags: 'wx', mode: 0o600 });
      await onDisk(pipeline(source, measure, target, { signal: limits.signal }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { id, path, bytes, sha256: hash.digest('hex') };
  }

  /** Makes an upload part of the store. The JSON comes last: a clip without it does not exist. */
  async keep(upload: Upload, facts: ClipFacts): Promise<StoredClip> {
    const { id, bytes, sha256 } = upload;
    const clip: StoredClip = { ...facts, id, bytes, sha256 };
    const draft = join(this.#folder, `${id}.json.${process.pid}.part`);
    try {
      await onDisk(writeFile(draft, JSON.stringify(clip), { mode: 0o600 }));
      await onDisk(rename(upload.path, this.path(id)));
      await onDisk(rename(draft, this.#factsPath(id)));
    } catch (error) {
      await Promise.all([draft, this.path(id)].map((path) => rm(path, { force: true })));
      throw error;
    }
    return clip;
  }

  /** Removes an upload that is not to be kept; does nothing to one that was. */
  async discard(upload: Upload): Promise<void> {
    await rm(upload.path, { force: true });
  }

  /** Throws `not_found`. */
  async find(id: string): Promise<StoredClip> {
    const unknown = new AppError('not_found', 'There is no clip with this id.');
    if (!videoId.safeParse(id).success) throw unknown;
    const json = await readFile(this.#factsPath(id), 'utf8').catch(() => undefined);
    if (json === undefined) throw unknown;
    return storedClip.parse(JSON.parse(json));
  }

  /** Absolute path of a clip's file, for an id that `find` knows. */
  path(id: string): string {
    return join(this.#folder, `${id}.clip`);
  }

  #factsPath(id: string): string {
    return join(this.#folder, `${id}.json`);
  }

  async #sweep(): Promise<void> {
    const names = await readdir(this.#folder);
    const present = new Set(names);
    const stale = names.filter((name) => {
      const owner = /\.(\d+)\.part$/.exec(name)?.[1];
      if (owner !== undefined) return !isOtherProcess(Number(owner));
      return name.endsWith('.clip') && !present.has(name.replace(/\.clip$/, '.json'));
    });
    await Promise.all(stale.map((name) => rm(join(this.#folder, name), { force: true })));
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The clip is larger than the ${maxBytes} bytes this server takes.`);
}

/** A part file under our own process id is from an earlier life: this process has written none yet. */
function isOtherProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new AppError('storage_full', 'The disk is full; free some space and try again.', {
        cause: error,
      });
    }
    throw error;
  }
}
