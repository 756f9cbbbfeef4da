import { z } from 'zod';
import { videoId } from '#contract/rest.ts';
import type { Database } from './database.ts';

const namedClip = z.object({ id: videoId, name: z.string() });
export type NamedClip = Readonly<z.infer<typeof namedClip>>;

/** Which clips the questions of a conversation brought, under the names they had: one that was deleted can still be named. */
export class ConversationClips {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** One that is there keeps its name. */
  add(conversationId: string, clips: readonly NamedClip[]): void {
    const sql = 'INSERT OR IGNORE INTO conversation_clips (conversation_id, video_id, name) VALUES (?, ?, ?)';
    for (const { id, name } of clips) this.#db.run(sql, conversationId, id, name);
  }

  /** In the order in which they came. */
  of(conversationId: string): NamedClip[] {
    const sql =
      'SELECT video_id AS id, name FROM conversation_clips WHERE conversation_id = ? ORDER BY rowid';
    return this.#db.all(namedClip, sql, conversationId);
  }
}
