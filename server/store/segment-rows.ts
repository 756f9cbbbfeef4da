import { z } from 'zod';
import { floatBytes, floatsOf } from '#core/float-bytes.ts';
import type { EmbeddedClip } from '#engine/retrieval/retrieval.ts';
import type { Segment } from '#engine/segments/segment-cutter.ts';
import type { SegmentKey, SegmentStore, StoredSegments } from '#engine/segments/segment-store.ts';
import { blob, type Database } from './database.ts';

const segmentRow = z.object({
  number: z.int(),
  start: z.number(),
  end: z.number(),
  repeats: z.int(),
  times: z.string().nullable(),
  frames: blob.nullable(),
});
const stateRow = z.object({ state: z.string() });
const idRow = z.object({ id: z.string() });
const chaptersRow = z.object({ chapters: z.string().nullable() });
const seconds = z.array(z.number()).min(1);
const chapters = z.array(z.object({ start: z.number(), end: z.number(), title: z.string() }));
export type StoredChapter = z.infer<typeof chapters>[number];

/** Segments of stored clips in the database; they go with their clip. Those of other clips are not kept. */
export class SegmentRows implements SegmentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  read(key: SegmentKey): StoredSegments {
    const sql = `SELECT number, start, end, repeats, times, frames FROM segments
      WHERE video_id = ? AND package_hash = ? AND cutter = ? ORDER BY number`;
    const rows = this.#database.all(segmentRow, sql, ...valuesOf(key));
    const embeddings = rows.flatMap(({ number, times, frames }): [number, EmbeddedClip][] => {
      if (times === null || frames === null) return [];
      const data = floatsOf(frames);
      const shown = seconds.parse(JSON.parse(times));
      const count = shown.length;
      return [[number, { times: shown, frames: { data, count, width: data.length / count } }]];
    });
    return {
      segments: rows.map(({ start, end, repeats }) => ({ start, end, repeats: repeats === 1 })),
      isWhole: ['cut', 'encoded'].includes(this.#state(key) ?? ''),
      embeddings: new Map(embeddings),
    };
  }

  append(key: SegmentKey, segments: readonly Segment[], isWhole: boolean): void {
    const count = `SELECT count(*) FROM segments WHERE video_id = v.id AND package_hash = ? AND cutter = ?`;
    const sql = `INSERT INTO segments (video_id, package_hash, cutter, number, start, end, repeats)
      SELECT id, ?, ?, (${count}), ?, ?, ? FROM videos v WHERE id = ?`;
    const [videoId, ...names] = valuesOf(key);
    this.#database.transaction(() => {
      for (const { start, end, repeats } of segments) {
        this.#database.run(sql, ...names, ...names, start, end, repeats ? 1 : 0, videoId);
      }
      if (isWhole) this.mark(key, 'cut');
    });
  }

  keepEmbedding(key: SegmentKey, number: number, { frames, times }: EmbeddedClip): void {
    const sql = `UPDATE segments SET times = ?, frames = ?
      WHERE video_id = ? AND package_hash = ? AND cutter = ? AND number = ?`;
    const values = [JSON.stringify(times), floatBytes(frames.data), ...valuesOf(key), number];
    this.#database.run(sql, ...values);
  }

  /** How far a clip is: `cut`, `encoded`, or the code of an error. */
  mark(key: SegmentKey, state: string): void {
    const [videoId, ...names] = valuesOf(key);
    const sql = `INSERT INTO segmented_videos (video_id, package_hash, cutter, state)
      SELECT id, ?, ?, ? FROM videos WHERE id = ?
      ON CONFLICT (video_id, package_hash, cutter) DO UPDATE SET state = excluded.state`;
    this.#database.run(sql, ...names, state, videoId);
  }

  /** Clips of more than so many seconds that are neither encoded nor known to fail, the newest last. */
  unfinished(key: Omit<SegmentKey, 'sha256'>, longerThan: number): string[] {
    const sql = `SELECT id FROM videos WHERE duration > ? AND NOT EXISTS
      (SELECT 1 FROM segmented_videos WHERE video_id = id AND package_hash = ? AND cutter = ? AND state <> 'cut')
      ORDER BY created_at`;
    const rows = this.#database.all(idRow, sql, longerThan, key.packageHash, key.cutter);
    return rows.map(({ id }) => id);
  }

  /** Undefined where they have not been made yet. */
  chapters(key: SegmentKey): StoredChapter[] | undefined {
    const sql = `SELECT chapters FROM segmented_videos WHERE video_id = ? AND package_hash = ? AND cutter = ?`;
    const found = this.#database.get(chaptersRow, sql, ...valuesOf(key))?.chapters ?? undefined;
    return found === undefined ? undefined : chapters.parse(JSON.parse(found));
  }

  keepChapters(key: SegmentKey, made: readonly StoredChapter[]): void {
    const sql = `UPDATE segmented_videos SET chapters = ? WHERE video_id = ? AND package_hash = ? AND cutter = ?`;
    this.#database.run(sql, JSON.stringify(made), ...valuesOf(key));
  }

  #state(key: SegmentKey): string | undefined {
    const sql = `SELECT state FROM segmented_videos WHERE video_id = ? AND package_hash = ? AND cutter = ?`;
    return this.#database.get(stateRow, sql, ...valuesOf(key))?.state;
  }
}

/** The id of a stored clip is the beginning of its hash. */
function valuesOf({ sha256, packageHash, cutter }: SegmentKey): [string, string, string] {
  return [sha256.slice(0, 32), packageHash, cutter];
}
