import { z } from 'zod';
import { videoId } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { Database } from './database.ts';
import type { Viewer } from './viewer.ts';

/** What is known about a stored clip. */
export const storedClip = z.object({
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

/** How much one user may have; 0 is no limit. */
export interface ClipQuota {
  readonly maxBytes: number;
  readonly maxClips: number;
}

const idRow = z.object({ id: videoId });
const usageRow = z.object({ clips: z.int(), bytes: z.int() });
const columns = 'id, sha256, bytes, duration, width, height, format, videos.created_at AS createdAt';
// what the viewer calls it, else what those call it who let them see it
const nameColumn = `(SELECT clip_owners.name FROM clip_owners WHERE video_id = videos.id AND (? OR owner = ? OR shared)
  ORDER BY owner = ? DESC, clip_owners.created_at LIMIT 1) AS name`;

/** Rows of clips and of who has them. Everything but the reading belongs into a transaction. */
export class ClipRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** One that the viewer may see. */
  get(viewer: Viewer, id: string): StoredClip | undefined {
    const sql = `SELECT * FROM (SELECT ${columns}, ${nameColumn} FROM videos WHERE id = ?) WHERE name IS NOT NULL`;
    return this.#db.get(storedClip, sql, ...asSeenBy(viewer), id);
  }

  /** Whether anybody has it. */
  has(id: string): boolean {
    return this.#db.get(idRow, 'SELECT id FROM videos WHERE id = ?', id) !== undefined;
  }

  /** Newest first. */
  newest(viewer: Viewer, limit: number, before = Number.MAX_SAFE_INTEGER): StoredClip[] {
    const visible = viewer.seesAll
      ? ''
      : `AND id IN (SELECT video_id FROM clip_owners WHERE owner = ?
          UNION SELECT video_id FROM clip_owners WHERE shared)`;
    const sql = `SELECT ${columns}, ${nameColumn} FROM videos WHERE created_at < ? ${visible}
      ORDER BY created_at DESC LIMIT ?`;
    const owner = viewer.seesAll ? [] : [viewer.user];
    return this.#db.all(storedClip, sql, ...asSeenBy(viewer), before, ...owner, limit);
  }

  /** Ids of clips that nobody has had for so long. */
  olderThan(createdAt: number): string[] {
    const sql = `SELECT id FROM videos WHERE NOT EXISTS
      (SELECT 1 FROM clip_owners WHERE video_id = id AND clip_owners.created_at >= ?)`;
    return this.#db.all(idRow, sql, createdAt).map(({ id }) => id);
  }

  count(): number {
    return this.#db.get(z.object({ count: z.int() }), 'SELECT count(*) AS count FROM videos')?.count ?? 0;
  }

  /** What a user has. Shared bytes count for each who has them. */
  usage(user: string): { readonly clips: number; readonly bytes: number } {
    const sql = `SELECT count(*) AS clips, coalesce(sum(bytes), 0) AS bytes
      FROM clip_owners JOIN videos ON videos.id = video_id WHERE owner = ?`;
    return this.#db.get(usageRow, sql, user) ?? { clips: 0, bytes: 0 };
  }

  insert(clip: Omit<StoredClip, 'createdAt' | 'name'>, name: string): void {
    const sql = `INSERT INTO videos (id, sha256, name, bytes, duration, width, height, format, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, max(?, 1 + coalesce((SELECT max(created_at) FROM videos), 0)))`;
    const { id, sha256, bytes, duration, width, height, format } = clip;
    this.#db.run(sql, id, sha256, name, bytes, duration, width, height, format, Date.now());
  }

  /** Lets the viewer have a clip; nothing changes where they have it. Throws `quota_exceeded`. */
  addOwner(
    { user }: Viewer,
    { id, bytes, name }: Pick<StoredClip, 'id' | 'bytes' | 'name'>,
    quota: ClipQuota,
  ): void {
    if (this.#isOwner(user, id)) return;
    requireQuota(this.usage(user), bytes, quota);
    const sql = 'INSERT INTO clip_owners (video_id, owner, name, created_at) VALUES (?, ?, ?, ?)';
    this.#db.run(sql, id, user, name, Date.now());
  }

  /** Throws `forbidden` where the clip is only shared with the viewer. */
  share({ user, seesAll }: Viewer, id: string, shared: boolean): void {
    const sql = 'UPDATE clip_owners SET shared = ? WHERE video_id = ? AND (? OR owner = ?)';
    if (this.#db.run(sql, Number(shared), id, Number(seesAll), user) === 0) throw onlyShared();
  }

  /** Takes the clip from the viewer, and from everybody for who sees all. Throws `forbidden`. */
  removeOwner({ user, seesAll }: Viewer, id: string): void {
    const sql = 'DELETE FROM clip_owners WHERE video_id = ? AND (? OR owner = ?)';
    if (this.#db.run(sql, id, Number(seesAll), user) === 0) throw onlyShared();
  }

  /** Deletes the row of a clip that nobody has any more. Returns whether it did. */
  deleteUnowned(id: string): boolean {
    const sql =
      'DELETE FROM videos WHERE id = ? AND NOT EXISTS (SELECT 1 FROM clip_owners WHERE video_id = ?)';
    return this.#db.run(sql, id, id) > 0;
  }

  #isOwner(user: string, id: string): boolean {
    const sql = 'SELECT video_id AS id FROM clip_owners WHERE video_id = ? AND owner = ?';
    return this.#db.get(idRow, sql, id, user) !== undefined;
  }
}

/** Throws `quota_exceeded` where so many bytes more, in one clip, are too much for a user. */
export function requireQuota(
  usage: { readonly clips: number; readonly bytes: number },
  bytes: number,
  { maxBytes, maxClips }: ClipQuota,
): void {
  if (maxClips > 0 && usage.clips >= maxClips) {
    throw new AppError(
      'quota_exceeded',
      `You have ${usage.clips} clips, and may have ${maxClips}; delete one.`,
    );
  }
  if (maxBytes > 0 && usage.bytes + bytes > maxBytes) {
    const message = `Your clips have ${usage.bytes} bytes of the ${maxBytes} that you may have; delete some.`;
    throw new AppError('quota_exceeded', message);
  }
}

function asSeenBy({ user, seesAll }: Viewer): [number, string, string] {
  return [Number(seesAll), user, user];
}

function onlyShared(): AppError {
  return new AppError('forbidden', 'This clip is shared with you; only its owner changes or deletes it.');
}
