import { createHash, randomUUID } from 'node:crypto';
import type { Requests } from '#contract/chat.ts';
import { AppError } from '#errors';
import { z } from 'zod';
import { messageRow, type StoredMessage } from './chat-rows.ts';
import { ConversationClips, type NamedClip } from './conversation-clips.ts';
import type { Database } from './database.ts';
import { insertMessage } from './insert-message.ts';
import { nextUpdate } from './next-update.ts';

export interface Sent {
  readonly question: StoredMessage;
  readonly answer: StoredMessage;
  /** Whether this call made them; not where the same key was sent before. */
  readonly isNew: boolean;
}

type Question = Pick<Requests['message:send'], 'conversationId' | 'parentId' | 'text' | 'key'> & {
  readonly clips: readonly NamedClip[];
};
type MessageRequest = Pick<Requests['message:regenerate'], 'conversationId' | 'messageId' | 'key'>;

const sending = z.object({ answer_id: z.string(), request_digest: z.string().nullable() });

/**
 * Questions and the answers that are to be written for them. `key` is an idempotency key: the same request under it
 * makes nothing new, and another request under it is a `conflict`.
 */
export class QuestionStore {
  readonly #db: Database;
  readonly #clips: ConversationClips;

  constructor(db: Database) {
    this.#db = db;
    this.#clips = new ConversationClips(db);
  }

  /** A question with its answer still to be written. Throws `not_found`, `invalid_request`, `busy`, `conflict`. */
  send({ conversationId, parentId, text, key, clips }: Question): Promise<Sent> {
    const videoIds = clips.map(({ id }) => id);
    const digest = digestOf('send', parentId, text, videoIds);
    return this.#once({ conversationId, key, digest }, () => {
      this.#requireParent(conversationId, parentId);
      const fixed = { conversationId, parentId, text, videoIds };
      const question = this.#insert({ ...fixed, role: 'user', state: 'done', generationId: null });
      this.#clips.add(conversationId, clips);
      return { question, answer: this.#insertAnswer(question) };
    });
  }

  /** Another answer to a question, still to be written. Throws as `send`. */
  regenerate({ conversationId, messageId, key }: MessageRequest): Promise<Sent> {
    const digest = digestOf('regenerate', messageId);
    return this.#once({ conversationId, key, digest }, () => {
      const question = this.#message(messageId);
      if (question.conversationId !== conversationId || question.role !== 'user') {
        throw new AppError('invalid_request', 'messageId: this is no question of the conversation.');
      }
      return { question, answer: this.#insertAnswer(question) };
    });
  }

  /** An unfinished answer that goes on with the text it has, as another run. Throws as `send`. */
  continue({ conversationId, messageId, key }: MessageRequest): Promise<Sent> {
    const digest = digestOf('continue', messageId);
    return this.#once({ conversationId, key, digest }, () => {
      const before = this.#message(messageId);
      this.#requireUnfinished(conversationId, before);
      const generationId = randomUUID();
      this.#db.run('DELETE FROM generation_events WHERE generation_id = ?', before.generationId);
      const sql =
        "UPDATE messages SET state = 'running', cut_off = 0, confidence = NULL, generation_id = ? WHERE id = ?";
      this.#db.run(sql, generationId, messageId);
      const { confidence: _, ...kept } = before;
      const answer: StoredMessage = { ...kept, state: 'running', cutOff: false, generationId };
      return { question: this.#message(before.parentId ?? ''), answer };
    });
  }

  /** Deletes a message and all that follows it. Throws `not_found`, and `busy` while an answer there is being made. */
  delete(conversationId: string, messageId: string): Promise<void> {
    return this.#db.write(() => {
      const found = this.#message(messageId);
      if (found.conversationId !== conversationId) {
        throw new AppError('invalid_request', 'messageId: this is no message of the conversation.');
      }
      const below = `WITH RECURSIVE below (id) AS (
        SELECT ? UNION ALL SELECT messages.id FROM messages JOIN below ON messages.parent_id = below.id
      ) SELECT messages.* FROM messages JOIN below USING (id) WHERE state = 'running' LIMIT 1`;
      if (this.#db.get(messageRow, below, messageId) !== undefined) {
        throw new AppError('busy', 'An answer there is still being made; stop it or wait for the end.');
      }
      this.#db.run('DELETE FROM messages WHERE id = ?', messageId);
    });
  }

  /** Runs `insert` unless the key is known; what it makes is remembered under the key. */
  #once(
    { conversationId, key, digest }: { conversationId: string; key: string; digest: string },
    insert: () => Pick<Sent, 'question' | 'answer'>,
  ): Promise<Sent> {
    return this.#db.write(() => {
      const sql = 'SELECT answer_id, request_digest FROM sendings WHERE conversation_id = ? AND key = ?';
      const known = this.#db.get(sending, sql, conversationId, key);
      if (known !== undefined) {
        if (known.request_digest !== null && known.request_digest !== digest) {
          throw new AppError('conflict', 'key: another request was sent under this key already.');
        }
        const answer = this.#message(known.answer_id);
        return { question: this.#message(answer.parentId ?? ''), answer, isNew: false };
      }
      const sent = insert();
      const remember =
        'INSERT INTO sendings (conversation_id, key, answer_id, request_digest) VALUES (?, ?, ?, ?)';
      this.#db.run(remember, conversationId, key, sent.answer.id, digest);
      this.#db.run(
        'UPDATE conversations SET updated_at = ? WHERE id = ?',
        nextUpdate(this.#db),
        conversationId,
      );
      return { ...sent, isNew: true };
    });
  }

  #message(id: string): StoredMessage {
    const found = this.#db.get(messageRow, 'SELECT * FROM messages WHERE id = ?', id);
    if (found === undefined) throw new AppError('not_found', 'There is no message with this id.');
    return found;
  }

  #requireParent(conversationId: string, parentId: string | null): void {
    if (parentId === null) return;
    const parent = this.#message(parentId);
    if (parent.conversationId !== conversationId || parent.role !== 'assistant') {
      throw new AppError('invalid_request', 'parentId: this is no answer of the conversation.');
    }
    if (parent.state === 'running') {
      throw new AppError('busy', 'This answer is still being made; stop it or wait for the end.');
    }
  }

  #requireUnfinished(conversationId: string, answer: StoredMessage): void {
    const { id, role, text, state, cutOff } = answer;
    const refuse = (why: string) => new AppError('invalid_request', `messageId: ${why}.`);
    if (answer.conversationId !== conversationId || role !== 'assistant') {
      throw refuse('this is no answer of the conversation');
    }
    if (state === 'running') throw new AppError('busy', 'This answer is still being made.');
    if (state === 'done' && !cutOff) throw refuse('this answer is whole; there is nothing to go on with');
    if (text === '') throw refuse('this answer has no words to go on with; ask for another one');
    const child = this.#db.get(messageRow, 'SELECT * FROM messages WHERE parent_id = ? LIMIT 1', id);
    if (child !== undefined) throw refuse('there is a question after this answer already');
  }

  #insertAnswer({ conversationId, id: parentId }: StoredMessage): StoredMessage {
    const fixed = { conversationId, parentId, text: '', videoIds: [] };
    return this.#insert({ ...fixed, role: 'assistant', state: 'running', generationId: randomUUID() });
  }

  #insert(wanted: Omit<StoredMessage, 'id' | 'createdAt' | 'cutOff'>): StoredMessage {
    const stored = { ...wanted, id: randomUUID(), createdAt: Date.now(), cutOff: false };
    insertMessage(this.#db, stored);
    return stored;
  }
}

/** What decides whether two requests under one key are the same. */
function digestOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
