import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { diskError, onDisk, requireRoom } from '#core/disk.ts';
import { flushFolder } from '#core/flush-folder.ts';
import { partPath } from '#core/part-files.ts';
import { tooLarge } from '#core/too-large.ts';
import type { KnownClip } from '#engine/segments/long-clips.ts';
import { AppError } from '#errors';
import { type ClipQuota, ClipRows, requireQuota, type StoredClip } from './clip-rows.ts';
import type { Database } from './database.ts';
import { sweepClips } from './sweep-clips.ts';
import { operator, type Viewer } from './viewer.ts';

export type { StoredClip } from './clip-rows.ts';
export type ClipFacts = Pick<StoredClip, 'name' | 'duration' | 'width' | 'height' | 'format'>;

/** An upload that is whole on disk but not yet part of the store. */
export interface Upload {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A stored clip as the engine takes it. */
export interface StoredSource extends KnownClip {
  readonly videoId: string;
}

/** Hears of clips as they come and go. */
export interface ClipObserver {
  /** Also for bytes that were there before. */
  onClipAdded(id: string): void;
  onClipRemoved(id: string, sha256: string): void;
}

export interface ClipStoreOptions {
  readonly quota?: ClipQuota;
  /** Folder for files that the database does not know. Default: `quarantine` beside the clips. */
  readonly quarantine?: string;
  /** Something failed that no request fails for. */
  readonly onWarning?: (what: string, error: unknown) => void;
}

/**
 * Clips: the bytes in one folder, `<id>.clip`, and what is known of them in the database. A file without a row does not
 * exist for anybody, and a row is written only when its file is safe. A file is deleted for one reason only: its last
 * owner wanted that; it is then called `<id>.deleted` before its row goes.
 */
export class ClipStore {
  readonly #database: Database;
  readonly #rows: ClipRows;
  readonly #folder: string;
  readonly #quota: ClipQuota;
  readonly #onWarning: (what: string, error: unknown) => void;
  readonly #observers: ClipObserver[] = [];

  private constructor(database: Database, folder: string, options: ClipStoreOptions) {
    this.#database = database;
    this.#rows = new ClipRows(database);
    this.#folder = folder;
    this.#quota = options.quota ?? { maxBytes: 0, maxClips: 0 };
    this.#onWarning = options.onWarning ?? (() => undefined);
  }

  /**
   * Opens the store, making its folder, finishing what a killed process left half-done, and setting aside files without
   * a row. Throws `storage_unusable` where the database is not the one that belongs to the folder.
   */
  static async open(database: Database, path: string, options: ClipStoreOptions = {}): Promise<ClipStore> {
    const folder = resolve(path);
    const store = new ClipStore(database, folder, options);
    await onDisk(mkdir(folder, { recursive: true, mode: 0o700 }));
    const quarantine = options.quarantine ?? join(dirname(folder), 'quarantine');
    const moved = await onDisk(sweepClips({ database, folder, quarantine }));
    if (moved > 0) {
      const note = new AppError('storage_unusable', `${moved} files without a row are in ${quarantine} now`);
      store.#onWarning('clips that the database does not know were set aside', note);
    }
    return store;
  }

  /** Tells `observer` of every clip that comes or goes from now on. */
  observe(observer: ClipObserver): void {
    this.#observers.push(observer);
  }

  /** Throws `storage_full` where that many bytes do not fit now. */
  async requireRoom(bytes: number): Promise<void> {
    await requireRoom(this.#folder, bytes);
  }

  /** Throws `quota_exceeded` where a clip of so many bytes more is too much for the viewer. */
  requireQuota(viewer: Viewer, bytes: number): void {
    requireQuota(this.#rows.usage(viewer.user), bytes, this.#quota);
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
      if (!target.closed) await new Promise<void>((done) => target.once('close', done));
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

  /** Makes an upload part of the store. The same bytes again are the same clip, under each owner's own name. Throws `quota_exceeded`, `storage_full`, `busy`. */
  async keep(
    viewer: Viewer,
    { path, bytes, sha256 }: Upload,
    { name, ...facts }: ClipFacts,
  ): Promise<StoredClip> {
    const id = sha256.slice(0, 32);
    let moved = false;
    try {
      await this.#database.write(() => {
        const isKnown = this.#rows.has(id);
        if (!isKnown) this.#rows.insert({ ...facts, id, bytes, sha256 }, name);
        this.#rows.addOwner(viewer, { id, bytes, name }, this.#quota);
        if (moved) return;
        if (isKnown && existsSync(this.path(id))) rmSync(path);
        else {
          renameSync(path, this.path(id));
          moved = true;
          flushFolder(this.#folder);
        }
      });
    } catch (error) {
      if (moved && !this.#rows.has(id)) renameSync(this.path(id), path);
      throw diskError(error);
    }
    const clip = this.find(viewer, id);
    this.#tell((observer) => observer.onClipAdded(id));
    return clip;
  }

  /** Removes an upload that is not to be kept; does nothing to one that was. */
  async discard(upload: Upload): Promise<void> {
    await rm(upload.path, { force: true });
  }

  /** A clip that the viewer may see. */
  get(viewer: Viewer, id: string): StoredClip | undefined {
    return this.#rows.get(viewer, id);
  }

  /** Throws `not_found`. */
  find(viewer: Viewer, id: string): StoredClip {
    const clip = this.get(viewer, id);
    if (clip === undefined) throw noSuchClip();
    return clip;
  }

  /** Where a clip is, and what is known of it, for the engine. Throws `not_found`. */
  source(viewer: Viewer, id: string): StoredSource {
    const { sha256, duration, width, height, format } = this.find(viewer, id);
    return { path: this.path(id), sha256, videoId: id, facts: { duration, width, height, format } };
  }

  /** Newest first; `before` is the `createdAt` of the last one seen. */
  list(viewer: Viewer, { limit, before }: { limit: number; before?: number | undefined }): StoredClip[] {
    return this.#rows.newest(viewer, limit, before);
  }

  /** Lets everybody see a clip, or its owners only. Throws `not_found`, `forbidden`. */
  async share(viewer: Viewer, id: string, shared: boolean): Promise<void> {
    await this.#database.write(() => {
      this.find(viewer, id);
      this.#rows.share(viewer, id, shared);
    });
  }

  /**
   * Takes a clip from the viewer. Where nobody else has it, its bytes and everything made of them go too; who is reading
   * them reads on to the end. Throws `not_found`, `forbidden`.
   */
  async remove(viewer: Viewer, id: string): Promise<void> {
    const { sha256 } = this.find(viewer, id);
    const deleted = this.path(id, 'deleted');
    let moved = false;
    try {
      await this.#database.write(() => {
        this.#rows.removeOwner(viewer, id);
        if (!this.#rows.deleteUnowned(id) || moved || !existsSync(this.path(id))) return;
        renameSync(this.path(id), deleted);
        moved = true;
      });
    } catch (error) {
      if (moved && this.#rows.has(id)) renameSync(deleted, this.path(id));
      throw error;
    }
    if (this.#rows.has(id)) return;
    await rm(deleted, { force: true });
    this.#tell((observer) => observer.onClipRemoved(id, sha256));
    this.#attempt(() => this.#database.erase());
  }

  /** Removes the clips that nobody has kept since that time, in milliseconds since 1970. Returns how many. */
  async removeBefore(time: number): Promise<number> {
    const ids = this.#rows.olderThan(time);
    for (const id of ids) await this.remove(operator, id);
    return ids.length;
  }

  /** Absolute path of a clip's file, for an id that `find` knows. */
  path(id: string, ending: 'clip' | 'deleted' = 'clip'): string {
    return join(this.#folder, `${id}.${ending}`);
  }

  #tell(tell: (observer: ClipObserver) => void): void {
    for (const observer of this.#observers) this.#attempt(() => tell(observer));
  }

  /** What follows a change is no reason for the change to fail. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onWarning('what follows a change of clips failed', error);
    }
  }
}

function noSuchClip(): AppError {
  return new AppError('not_found', 'There is no clip with this id.');
}
