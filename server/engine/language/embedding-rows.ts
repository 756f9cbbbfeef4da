import { AppError } from '#errors';
import type { ClipRows } from './embedding-table.ts';

interface Entry {
  /** Rows of the embedding table, in the order of the clip's tokens. */
  readonly rows: readonly number[];
  /** Number of prompts that may still read the rows. */
  readers: number;
  /** Resolves when the rows are written. */
  readonly written: Promise<void>;
}

/** Clips that keep their rows until `release`. */
export interface RowLease {
  /** Row `token` of the clip with this key. */
  rowOf(key: string, token: number): number;
  release(): void;
}

/**
 * Allocates rows of the embedding table to clips, as many as each has tokens. A clip keeps its rows, and is not written
 * again, until they are needed: the least recently used clip is evicted, never one that a prompt may still read.
 */
export class EmbeddingRows {
  readonly #total: number;
  readonly #write: (rows: readonly number[], clip: ClipRows) => Promise<void>;
  /** By the clips' keys, least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** Ascending, so that a clip's rows tend to be consecutive. */
  #free: number[];

  constructor(total: number, write: (rows: readonly number[], clip: ClipRows) => Promise<void>) {
    this.#total = total;
    this.#write = write;
    this.#free = Array.from({ length: total }, (_, row) => row);
  }

  /** Number of rows, of those that hold a clip, and of those in use. */
  get counts(): { readonly total: number; readonly filled: number; readonly inUse: number } {
    return {
      total: this.#total,
      filled: this.#total - this.#free.length,
      inUse: countRows([...this.#entries.values()].filter(({ readers }) => readers > 0)),
    };
  }

  /** Acquires rows for the clips, all or none. Throws `busy` if too many are in use, `context_full` if there are too few. */
  async acquire(clips: readonly ClipRows[]): Promise<RowLease> {
    const wanted = new Map(clips.map((clip) => [clip.key, clip]));
    const needed = [...wanted.values()].reduce((sum, { tokens }) => sum + tokens.count, 0);
    if (needed > this.#total) {
      const message = `A conversation can show ${this.#total} video tokens; the clips of this one have ${needed}.`;
      throw new AppError('context_full', message);
    }
    const missing = [...wanted.values()].filter(({ key }) => !this.#entries.has(key));
    this.#makeRoom(
      missing.reduce((sum, { tokens }) => sum + tokens.count, 0),
      wanted,
    );
    for (const clip of missing) this.#fill(clip);
    const leased = new Map([...wanted.keys()].flatMap((key) => this.#touch(key)));
    for (const entry of leased.values()) entry.readers += 1;
    const release = (): void => {
      for (const entry of leased.values()) entry.readers -= 1;
    };
    try {
      await Promise.all([...leased.values()].map(({ written }) => written));
    } catch (error) {
      release();
      throw error;
    }
    return {
      release,
      rowOf: (key, token) => {
        const row = leased.get(key)?.rows[token];
        if (row === undefined) throw new RangeError(`the lease does not hold token ${token} of this clip`);
        return row;
      },
    };
  }

  /** Evicts clips until `count` rows are free. Throws `busy`, and evicts none, where that cannot be. */
  #makeRoom(count: number, wanted: ReadonlyMap<string, ClipRows>): void {
    const evictable = [...this.#entries].filter(([key, { readers }]) => readers === 0 && !wanted.has(key));
    if (this.#free.length + countRows(evictable.map(([, entry]) => entry)) < count) {
      throw new AppError('busy', 'Too many clips are in use right now; ask again in a moment.');
    }
    for (const [key, entry] of evictable) {
      if (this.#free.length >= count) return;
      this.#remove(key, entry);
    }
  }

  #fill(clip: ClipRows): void {
    const rows = this.#free.splice(0, clip.tokens.count);
    const written = this.#write(rows, clip).catch((error: unknown) => {
      this.#remove(clip.key, entry);
      throw error;
    });
    const entry: Entry = { rows, readers: 0, written };
    this.#entries.set(clip.key, entry);
  }

  #remove(key: string, { rows }: Entry): void {
    this.#entries.delete(key);
    this.#free = [...this.#free, ...rows].sort((a, b) => a - b);
  }

  /** Makes a clip the most recently used one. */
  #touch(key: string): [string, Entry][] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return [[key, entry]];
  }
}

function countRows(entries: readonly Entry[]): number {
  return entries.reduce((sum, { rows }) => sum + rows.length, 0);
}
