import { randomUUID } from 'node:crypto';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { z } from 'zod';
import type { ChatSettings, Conversation, Requests } from '#contract/chat.ts';
import { AppError } from '#errors';
import {
  conversationRow,
  messageRow,
  type StoredConversation,
  type StoredMessage,
  type StoredSummary,
  summaryRow,
} from './chat-rows.ts';
import { ConversationClips, type NamedClip } from './conversation-clips.ts';
import type { Database } from './database.ts';
import { insertMessage } from './insert-message.ts';
import { nextUpdate } from './next-update.ts';
import type { Viewer } from './viewer.ts';

/** Where a list goes on. */
type Position = Pick<Conversation, 'updatedAt' | 'id'>;

/** Milliseconds of a search after which others get their turn. */
const sliceMs = 20;

/** Conversations and their messages in the database, each seen by those who may. */
export class ChatStore {
  readonly #db: Database;
  readonly #clips: ConversationClips;

  constructor(db: Database) {
    this.#db = db;
    this.#clips = new ConversationClips(db);
  }

  create(viewer: Viewer, title: string, settings: ChatSettings): Promise<StoredConversation> {
    return this.#db.write(() => this.#insert(viewer, title, settings));
  }

  /** A new conversation with messages that are made for its id: all of it or nothing. */
  import(
    viewer: Viewer,
    { title, settings, clips }: Pick<Conversation, 'title' | 'settings'> & { clips: readonly NamedClip[] },
    messagesOf: (conversationId: string) => readonly StoredMessage[],
  ): Promise<StoredConversation> {
    return this.#db.write(() => {
      const conversation = this.#insert(viewer, title, settings);
      this.#clips.add(conversation.id, clips);
      for (const message of messagesOf(conversation.id)) insertMessage(this.#db, message);
      return conversation;
    });
  }

  /**
   * Pinned ones first, then the newest; `search` looks into titles, names of clips and messages, and lets others have
   * their turn meanwhile.
   */
  async list(viewer: Viewer, request: Requests['conversation:list']): Promise<StoredSummary[]> {
    const { limit, before = Number.MAX_SAFE_INTEGER, search = '' } = request;
    const found: StoredSummary[] = [];
    let sliceEnd = performance.now() + sliceMs;
    for (const pinned of [true, false]) {
      // no id is before ''
      let last: Position | undefined = { updatedAt: before, id: '' };
      while (last !== undefined && found.length < limit) {
        const batch: StoredSummary[] = this.#newest(viewer, {
          pinned,
          after: last,
          limit: search === '' ? limit : 50,
        });
        for (const conversation of batch) {
          if (found.length < limit && this.#contains(conversation, search)) found.push(conversation);
          if (performance.now() < sliceEnd) continue;
          await turnOfEventLoop();
          sliceEnd = performance.now() + sliceMs;
        }
        last = batch.at(-1);
      }
    }
    return found;
  }

  /** Keeps it at the top of the list, or no longer. Throws `not_found`, `forbidden`. */
  pin(viewer: Viewer, conversationId: string, pinned: boolean): Promise<StoredConversation> {
    return this.#db.write(() => {
      this.#db.run('UPDATE conversations SET pinned = ? WHERE id = ?', Number(pinned), conversationId);
      return this.findOwn(viewer, conversationId);
    });
  }

  /** For reading it. Throws `not_found`. */
  find(viewer: Viewer, conversationId: string): StoredConversation {
    const found = this.#db.get(conversationRow, 'SELECT * FROM conversations WHERE id = ?', conversationId);
    if (found === undefined || !(found.shared || isOwner(viewer, found))) {
      throw new AppError('not_found', 'There is no conversation with this id.');
    }
    return found;
  }

  /** For changing it. Throws `not_found`, and `forbidden` where it is only shared with the viewer. */
  findOwn(viewer: Viewer, conversationId: string): StoredConversation {
    const found = this.find(viewer, conversationId);
    if (!isOwner(viewer, found)) {
      throw new AppError('forbidden', 'This conversation is shared for reading; only its owner changes it.');
    }
    return found;
  }

  /** In the order in which they came. */
  messages(conversationId: string): StoredMessage[] {
    // not by their times: a clock may be set back, and those of a file are anything
    const sql = 'SELECT * FROM messages WHERE conversation_id = ? ORDER BY rowid';
    return this.#db.all(messageRow, sql, conversationId);
  }

  /** Messages from the conversation's first one to this one. */
  path(messageId: string): StoredMessage[] {
    const sql = `WITH RECURSIVE path (id, parent_id, depth) AS (
      SELECT id, parent_id, 0 FROM messages WHERE id = ?
      UNION ALL SELECT messages.id, messages.parent_id, depth + 1 FROM messages JOIN path ON messages.id = path.parent_id
    ) SELECT messages.* FROM messages JOIN path USING (id) ORDER BY depth DESC`;
    return this.#db.all(messageRow, sql, messageId);
  }

  /** Clips that the conversation's questions brought, in the order in which they came. */
  clips(conversationId: string): NamedClip[] {
    return this.#clips.of(conversationId);
  }

  rename(viewer: Viewer, conversationId: string, title: string): Promise<StoredConversation> {
    return this.#db.write(() => {
      this.findOwn(viewer, conversationId);
      this.#db.run('UPDATE conversations SET title = ? WHERE id = ?', title, conversationId);
      return this.find(viewer, conversationId);
    });
  }

  /** Whether everybody may read it. Throws `not_found`, `forbidden`. */
  share(viewer: Viewer, conversationId: string, shared: boolean): Promise<StoredConversation> {
    return this.#db.write(() => {
      this.findOwn(viewer, conversationId);
      this.#db.run('UPDATE conversations SET shared = ? WHERE id = ?', Number(shared), conversationId);
      return this.find(viewer, conversationId);
    });
  }

  /** Throws `not_found`, `forbidden`. */
  delete(viewer: Viewer, conversationId: string): Promise<void> {
    return this.#db.write(() => {
      this.findOwn(viewer, conversationId);
      this.#db.run('DELETE FROM conversations WHERE id = ?', conversationId);
    });
  }

  /** Deletes the conversations whose last message is older. Returns how many there were. */
  deleteBefore(updatedAt: number): Promise<number> {
    const sql = `DELETE FROM conversations WHERE updated_at < ? AND id NOT IN
      (SELECT conversation_id FROM messages WHERE state = 'running')`;
    return this.#db.write(() => this.#db.run(sql, updatedAt));
  }

  /** Overwrites on the disk what was deleted. Throws as the database. */
  erase(): void {
    this.#db.erase();
  }

  #insert({ user }: Viewer, title: string, settings: ChatSettings): StoredConversation {
    const [id, now] = [randomUUID(), nextUpdate(this.#db)];
    const sql = `INSERT INTO conversations (id, title, settings, created_at, updated_at, owner)
      VALUES (?, ?, ?, ?, ?, ?)`;
    this.#db.run(sql, id, title, JSON.stringify(settings), now, now, user);
    return { id, title, settings, createdAt: now, updatedAt: now, owner: user, shared: false };
  }

  #newest(
    { user, seesAll }: Viewer,
    { pinned, after, limit }: { readonly pinned: boolean; readonly after: Position; readonly limit: number },
  ): StoredSummary[] {
    const sql = `SELECT *, (
      SELECT json_group_array(json_object('id', video_id, 'name', name)) FROM (
        SELECT video_id, name FROM conversation_clips WHERE conversation_id = conversations.id ORDER BY rowid LIMIT 3
      )
    ) AS clips FROM conversations
    WHERE pinned = ? AND (updated_at, id) < (?, ?) AND (? OR owner = ? OR shared)
    ORDER BY updated_at DESC, id DESC LIMIT ?`;
    const { updatedAt, id } = after;
    return this.#db.all(summaryRow, sql, Number(pinned), updatedAt, id, Number(seesAll), user, limit);
  }

  #contains({ id, title }: Conversation, search: string): boolean {
    if (search === '' || title.toLowerCase().includes(search.toLowerCase())) return true;
    // not LIKE, whose worst pattern takes text times pattern
    const sql = `SELECT 1 FROM messages WHERE conversation_id = ? AND instr(lower(text), lower(?))
      UNION ALL SELECT 1 FROM conversation_clips WHERE conversation_id = ? AND instr(lower(name), lower(?)) LIMIT 1`;
    return this.#db.get(z.unknown(), sql, id, search, id, search) !== undefined;
  }
}

function isOwner({ user, seesAll }: Viewer, { owner }: StoredConversation): boolean {
  return seesAll || owner === user;
}
