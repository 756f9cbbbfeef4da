import { z } from 'zod';
import { blob, type Database } from './database.ts';
import { floatBytes, floatsOf } from '#core/float-bytes.ts';

/** What decides a clip's embeddings beside its bytes. */
export interface EmbeddingKey {
  readonly packageHash: string;
  /** How frames are chosen, by name. */
  readonly sampler: string;
}

/** A clip's frames in the joint space. */
export interface StoredEmbeddings {
  /** [count, width] */
  readonly frames: { readonly data: Float32Array; readonly count: number; readonly width: number };
  /** Seconds of the frames. */
  readonly times: readonly number[];
}

const directionRow = z.object({ place: z.int(), videoId: z.string(), direction: blob });
const embeddingRow = z.object({ videoId: z.string(), times: z.string(), frames: blob });
const idRow = z.object({ id: z.string() });
const secondsOf = z.array(z.number()).min(1);

/** Embeddings of clips by one package, in the database. They go with their clip; those of other packages stay beside them. */
export class EmbeddingStore {
  readonly #database: Database;
  readonly #key: readonly [packageHash: string, sampler: string];
  readonly #rowsAtOnce: number;

  /** `rowsAtOnce`: directions read at once, so that a large library is never in memory twice. */
  constructor(database: Database, { packageHash, sampler }: EmbeddingKey, { rowsAtOnce = 1000 } = {}) {
    this.#database = database;
    this.#key = [packageHash, sampler];
    this.#rowsAtOnce = rowsAtOnce;
  }

  /** Clips of which nothing is known, the oldest first. */
  unknown(): string[] {
    const sql = `SELECT id FROM videos WHERE NOT EXISTS
      (SELECT 1 FROM frame_embeddings WHERE video_id = id AND package_hash = ? AND sampler = ?) ORDER BY created_at`;
    return this.#database.all(idRow, sql, ...this.#key).map(({ id }) => id);
  }

  /** The direction of each clip that has one, [width]. */
  *directions(): Generator<{ readonly videoId: string; readonly direction: Float32Array }> {
    const sql = `SELECT rowid AS place, video_id AS videoId, direction FROM frame_embeddings
      WHERE rowid > ? AND package_hash = ? AND sampler = ? AND problem IS NULL ORDER BY rowid LIMIT ?`;
    let last = 0;
    while (true) {
      const rows = this.#database.all(directionRow, sql, last, ...this.#key, this.#rowsAtOnce);
      for (const { place: index, videoId, direction } of rows) {
        last = index;
        yield { videoId, direction: floatsOf(direction) };
      }
      if (rows.length < this.#rowsAtOnce) return;
    }
  }

  /** Those of these clips that have any, in no order. */
  find(videoIds: readonly string[]): (StoredEmbeddings & { readonly videoId: string })[] {
    const sql = `SELECT video_id AS videoId, times, frames FROM frame_embeddings
      WHERE video_id IN (SELECT value FROM json_each(?)) AND package_hash = ? AND sampler = ? AND problem IS NULL`;
    const rows = this.#database.all(embeddingRow, sql, JSON.stringify(videoIds), ...this.#key);
    return rows.map(({ videoId, times, frames }) => {
      const data = floatsOf(frames);
      const seconds = secondsOf.parse(JSON.parse(times));
      const count = seconds.length;
      return { videoId, times: seconds, frames: { data, count, width: data.length / count } };
    });
  }

  /** In place of what was known. False, and nothing is kept, where the clip is gone. */
  keep(videoId: string, direction: Float32Array, { frames, times }: StoredEmbeddings): boolean {
    const [seconds, rows] = [JSON.stringify(times), floatBytes(frames.data)];
    return this.#put(videoId, floatBytes(direction), seconds, rows, null);
  }

  /** Marks a clip that cannot be read, so that no start tries it again. */
  markFailed(videoId: string, problem: string): void {
    this.#put(videoId, null, null, null, problem);
  }

  #put(videoId: string, ...values: (Uint8Array | string | null)[]): boolean {
    const sql = `INSERT OR REPLACE INTO frame_embeddings (video_id, package_hash, sampler, direction, times, frames, problem)
      SELECT id, ?, ?, ?, ?, ?, ? FROM videos WHERE id = ?`;
    return this.#database.run(sql, ...this.#key, ...values, videoId) > 0;
  }
}
