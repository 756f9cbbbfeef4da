import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { videoId } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { Database } from './database.ts';
import { diskError, onDisk, requireRoom } from '#core/disk.ts';
import { isAbandonedPart, partPath } from '#core/part-files.ts';
import { tooLarge } from '#core/too-large.ts';
import type { ClipSource } from '#engine/types.ts';

/** What is known about a stored clip. */
const storedClip = z.object({
  id: videoId,
  /** Of the bytes, hex; the id is its first half. */
  sha256: z.string(),
  /** The name the file had where it came from; shown, never used as a path. */
  name: z.string(),
  bytes: z.int().positive(),
  /** Seconds, and pixels as displayed. */
  duration: z.number(),
  width: z.int(),
  height: z.int(),
  format: z.string(),
  /** Milliseconds since 1970; no two clips have the same. */
  createdAt: z.int(),
});
export type StoredClip = z.infer<typeof storedClip>;
export type ClipFacts = Pick<StoredClip, 'name' | 'duration' | 'width' | 'height' | 'format'>;

/** An upload that is whole on disk but not yet part of the store. */
export interface Upload {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Hears of clips as they come and go. */
export interface ClipObserver {
  /** Also for bytes that were there before. */
  kept(id: string): void;
  removed(id: string): void;
}

const columns = 'id, sha256, name, bytes, duration, width, height, format, created_at AS createdAt';

/**
 * Clips: the bytes in one folder, `<id>.clip`, and what is known of them in the database. A file without a row does not
 * exist, and a row is written only when its file is safe; what a crash leaves between the two goes at the next start.
 */
export class ClipStore {
  readonly #database: Database;
  readonly #folder: string;
  readonly #subscribers: ClipObserver[] = [];

  private constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** Opens the store, making its folder and removing what an earlier, killed process left half-done. */
  static async open(database: Database, folder: string): Promise<ClipStore> {
    const store = new ClipStore(database, resolve(folder));
    await onDisk(mkdir(store.#folder, { recursive: true, mode: 0o700 }));
    await onDisk(store.#sweep());
    return store;
  }

  /** Tells `follower` of every clip that comes or goes from now on. */
  follow(follower: ClipObserver): void {
    this.#subscribers.push(follower);
  }

  /** Throws `storage_full` where that many bytes do not fit now. */
  async requireRoom(bytes: number): Promise<void> {
    await requireRoom(this.#folder, bytes);
  }

  /** Streams an upload to disk. Leaves nothing behind when it throws: `too_large`, `storage_full`, `cancelled`. */
  async receive(source: Readable, limits: { maxBytes: number; signal: AbortSignal }): Promise<Upload> {
    const path = partPath(this.#folder);
    const hash = createHash('sha256');
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        bytes += chunk.length;
        hash.update(chunk);
        next(bytes > limits.maxBytes ? tooLarge(limits.maxBytes) : null, chunk);
      },
    });
    const target = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
    try {
      await onDisk(pipeline(source, measure, target, { signal: limits.signal }));
    } catch (error) {
      // a stream that broke off early may be about to make its file
      if (!target.closed) await new Promise<void>((resolve) => target.once('close', resolve));
      await rm(path, { force: true });
      throw error;
    }
    return { path, bytes, sha256: hash.digest('hex') };
  }

  /** Takes a whole file on the store's disk for an upload; it stays where it is until it is kept. Throws `cancelled`. */
  async adopt(path: string, { signal }: { signal: AbortSignal }): Promise<Upload> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { signal })) hash.update(chunk);
    const { size } = await stat(path);
    return { path, bytes: size, sha256: hash.digest('hex') };
  }

  /** Makes an upload part of the store; the same bytes again are the clip they were, under its first name. */
  async keep(upload: Upload, facts: ClipFacts): Promise<StoredClip> {
    const id = upload.sha256.slice(0, 32);
    try {
      // in the transaction nobody else, not even another process, adds or removes a clip
      const clip = this.#database.transaction(() => {
        const known = this.#row(id);
        if (known !== undefined && existsSync(this.path(id))) {
          rmSync(upload.path);
          return known;
        }
        renameSync(upload.path, this.path(id));
        flushFolder(this.#folder);
        return known ?? this.#insert({ ...facts, id, bytes: upload.bytes, sha256: upload.sha256 });
      });
      for (const follower of this.#subscribers) follower.kept(id);
      return clip;
    } catch (error) {
      this.#removeUnlisted(id);
      throw diskError(error);
    }
  }

  /** Removes an upload that is not to be kept; does nothing to one that was. */
  async discard(upload: Upload): Promise<void> {
    await rm(upload.path, { force: true });
  }

  /** Throws `not_found`. */
  async find(id: string): Promise<StoredClip> {
    const clip = this.#row(id);
    if (clip === undefined) throw noSuchClip();
    return clip;
  }

  /** A clip as the engine takes it. Throws `not_found`. */
  async source(id: string): Promise<ClipSource & { readonly videoId: string }> {
    const { sha256, duration, width, height, format } = await this.find(id);
    return { path: this.path(id), sha256, videoId: id, facts: { duration, width, height, format } };
  }

  /** Newest first; `before` is the `createdAt` of the last one seen. */
  async list({ limit, before }: { limit: number; before?: number | undefined }): Promise<StoredClip[]> {
    return this.#newest(limit, before);
  }

  /** Forgets a clip and its bytes; who is reading them reads on to the end. Throws `not_found`. */
  async remove(id: string): Promise<void> {
    if (this.#database.run('DELETE FROM videos WHERE id = ?', id) === 0) throw noSuchClip();
    for (const follower of this.#subscribers) follower.removed(id);
    this.#removeUnlisted(id);
  }

  /** Absolute path of a clip's file, for an id that `find` knows. */
  path(id: string): string {
    return join(this.#folder, `${id}.clip`);
  }

  #row(id: string): StoredClip | undefined {
    return this.#database.get(storedClip, `SELECT ${columns} FROM videos WHERE id = ?`, id);
  }

  #newest(limit: number, before = Number.MAX_SAFE_INTEGER): StoredClip[] {
    const sql = `SELECT ${columns} FROM videos WHERE created_at < ? ORDER BY created_at DESC LIMIT ?`;
    return this.#database.all(storedClip, sql, before, limit);
  }

  #insert(clip: Omit<StoredClip, 'createdAt'>): StoredClip {
    const [newest] = this.#newest(1);
    const createdAt = Math.max(Date.now(), (newest?.createdAt ?? 0) + 1);
    const { id, sha256, name, bytes, duration, width, height, format } = clip;
    this.#database.run(
      `INSERT INTO videos (id, sha256, name, bytes, duration, width, height, format, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      sha256,
      name,
      bytes,
      duration,
      width,
      height,
      format,
      createdAt,
    );
    return { ...clip, createdAt };
  }

  #removeUnlisted(id: string): void {
    this.#database.transaction(() => {
      if (this.#row(id) === undefined) rmSync(this.path(id), { force: true });
    });
  }

  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (isAbandonedPart(name)) await rm(join(this.#folder, name), { force: true });
      const id = /^([0-9a-f]{32})\.clip$/.exec(name)?.[1];
      if (id !== undefined) this.#removeUnlisted(id);
    }
  }
}

function noSuchClip(): AppError {
  return new AppError('not_found', 'There is no clip with this id.');
}

/** A rename is safe from a power cut only when the folder is on disk too. */
function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
