import { randomUUID } from 'node:crypto';
import { AppError } from '#errors';
import type { Database } from './database.ts';
import { ConversationClips, type NamedClip } from './conversation-clips.ts';
import { conversationRow, eventRow, messageRow, type StoredMessage, summaryRow } from './chat-rows.ts';
import type {
  ChatSettings,
  Conversation,
  ConversationSummary,
  GenerationEvent,
  Message,
  Requests,
} from '#contract/chat.ts';

export interface Sent {
  readonly question: StoredMessage;
  readonly answer: StoredMessage;
  /** Whether this call made them; not where the same key was sent before. */
  readonly isNew: boolean;
}

type State = Message['state'];

/** Conversations, their messages and what happened while answers were made, in the database. */
export class ChatStore {
  readonly #db: Database;
  readonly #clips: ConversationClips;

  constructor(db: Database) {
    this.#db = db;
    this.#clips = new ConversationClips(db);
  }

  create(title: string, settings: ChatSettings): Conversation {
    const [id, now] = [randomUUID(), Date.now()];
    const sql =
      'INSERT INTO conversations (id, title, settings, created_at, updated_at) VALUES (?, ?, ?, ?, ?)';
    this.#db.run(sql, id, title, JSON.stringify(settings), now, now);
    return { id, title, settings, createdAt: now, updatedAt: now };
  }

  /** A new conversation with messages that are made for its id: all of it or nothing. */
  import(
    { title, settings, clips }: Pick<Conversation, 'title' | 'settings'> & { clips: readonly NamedClip[] },
    messagesOf: (conversationId: string) => readonly StoredMessage[],
  ): Conversation {
    return this.#db.transaction(() => {
      const conversation = this.create(title, settings);
      this.#clips.add(conversation.id, clips);
      for (const message of messagesOf(conversation.id)) this.#keep(message);
      return conversation;
    });
  }

  /** Pinned ones first, then the newest; `search` looks into titles, names of clips and messages. */
  list({
    limit,
    before = Number.MAX_SAFE_INTEGER,
    search = '',
  }: Requests['conversation:list']): ConversationSummary[] {
    const like = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
    const sql = `SELECT *, (
      SELECT json_group_array(json_object('id', video_id, 'name', name)) FROM (
        SELECT video_id, name FROM conversation_clips WHERE conversation_id = conversations.id ORDER BY rowid LIMIT 3
      )
    ) AS clips FROM conversations WHERE updated_at < ? AND (title LIKE ? ESCAPE '\\' OR EXISTS (
      SELECT 1 FROM messages WHERE conversation_id = conversations.id AND text LIKE ? ESCAPE '\\'
    ) OR EXISTS (
      SELECT 1 FROM conversation_clips WHERE conversation_id = conversations.id AND name LIKE ? ESCAPE '\\'
    )) ORDER BY pinned DESC, updated_at DESC LIMIT ?`;
    return this.#db.all(summaryRow, sql, before, like, like, like, limit);
  }

  /** Throws `not_found`. */
  find(conversationId: string): Conversation {
    const found = this.#db.get(conversationRow, 'SELECT * FROM conversations WHERE id = ?', conversationId);
    if (found === undefined) throw new AppError('not_found', 'There is no conversation with this id.');
    return found;
  }

  /** In the order in which they came. */
  messages(conversationId: string): StoredMessage[] {
    // not by their times: a clock may be set back, and those of a file are anything
    const sql = 'SELECT * FROM messages WHERE conversation_id = ? ORDER BY rowid';
    return this.#db.all(messageRow, sql, conversationId);
  }

  /** Clips that the conversation's questions brought, in the order in which they came. */
  clips(conversationId: string): NamedClip[] {
    return this.#clips.of(conversationId);
  }

  rename(conversationId: string, title: string): Conversation {
    this.#db.run('UPDATE conversations SET title = ? WHERE id = ?', title, conversationId);
    return this.find(conversationId);
  }

  /** Throws `not_found`. */
  pin(conversationId: string, pinned: boolean): void {
    this.find(conversationId);
    this.#db.run('UPDATE conversations SET pinned = ? WHERE id = ?', Number(pinned), conversationId);
  }

  /** Throws `not_found`. */
  delete(conversationId: string): void {
    this.find(conversationId);
    this.#db.run('DELETE FROM conversations WHERE id = ?', conversationId);
  }

  /** Throws `not_found`. */
  message(id: string): StoredMessage {
    const found = this.#db.get(messageRow, 'SELECT * FROM messages WHERE id = ?', id);
    if (found === undefined) throw new AppError('not_found', 'There is no message with this id.');
    return found;
  }

  answerOf(generationId: string): StoredMessage {
    const found = this.#db.get(messageRow, 'SELECT * FROM messages WHERE generation_id = ?', generationId);
    if (found === undefined) throw new AppError('not_found', 'There is no answer with this id.');
    return found;
  }

  /** Messages from the conversation's first one to this one. */
  path(messageId: string): StoredMessage[] {
    const sql = `WITH RECURSIVE path (id, parent_id, depth) AS (
      SELECT id, parent_id, 0 FROM messages WHERE id = ?
      UNION ALL SELECT messages.id, messages.parent_id, depth + 1 FROM messages JOIN path ON messages.id = path.parent_id
    ) SELECT messages.* FROM messages JOIN path USING (id) ORDER BY depth DESC`;
    return this.#db.all(messageRow, sql, messageId);
  }

  /** A question with its answer still to be made, once for each key. Throws `not_found`, `invalid_request`. */
  send(
    asked: Pick<Requests['message:send'], 'conversationId' | 'parentId' | 'text' | 'key'> & {
      readonly clips: readonly NamedClip[];
    },
  ): Sent {
    const { conversationId, parentId, key, clips } = asked;
    return this.#db.transaction(() => {
      this.find(conversationId);
      const known = this.#sentBefore(conversationId, key);
      if (known !== undefined) return known;
      this.#requireParent(conversationId, parentId);
      const videoIds = clips.map(({ id }) => id);
      const question = this.#insert({ ...asked, videoIds, role: 'user', state: 'done', generationId: null });
      this.#clips.add(conversationId, clips);
      return { question, answer: this.#beginAnswer(question, key), isNew: true };
    });
  }

  /** Another answer to a question, still to be made. Throws `not_found`. */
  regenerate({
    conversationId,
    messageId,
    key,
  }: Pick<Requests['message:regenerate'], 'conversationId' | 'messageId' | 'key'>): Sent {
    return this.#db.transaction(() => {
      const known = this.#sentBefore(conversationId, key);
      if (known !== undefined) return known;
      const question = this.message(messageId);
      if (question.conversationId !== conversationId || question.role !== 'user') {
        throw new AppError('invalid_request', 'messageId: this is no question of the conversation.');
      }
      return { question, answer: this.#beginAnswer(question, key), isNew: true };
    });
  }

  /** An answer that goes on with the text it has, as another run. Throws `not_found`, `invalid_request`, `busy`. */
  continue({
    conversationId,
    messageId,
    key,
  }: Pick<Requests['message:continue'], 'conversationId' | 'messageId' | 'key'>): Sent {
    return this.#db.transaction(() => {
      const known = this.#sentBefore(conversationId, key);
      if (known !== undefined) return known;
      const before = this.message(messageId);
      this.#requireUnfinished(conversationId, before);
      const generationId = randomUUID();
      this.#db.run('DELETE FROM generation_events WHERE generation_id = ?', before.generationId);
      const sql = "UPDATE messages SET state = 'running', cut_off = 0, generation_id = ? WHERE id = ?";
      this.#db.run(sql, generationId, messageId);
      const answer: StoredMessage = { ...before, state: 'running', cutOff: false, generationId };
      this.#remember(answer, key);
      return { question: this.message(before.parentId ?? ''), answer, isNew: true };
    });
  }

  /** Keeps an event, and with it the answer's text up to then and its state. */
  record(
    generationId: string,
    seq: number,
    event: GenerationEvent,
    answer: { text: string; state: State },
  ): void {
    this.#db.transaction(() => {
      const sql = 'INSERT INTO generation_events (generation_id, seq, event) VALUES (?, ?, ?)';
      this.#db.run(sql, generationId, seq, JSON.stringify(event));
      const change = 'UPDATE messages SET text = ?, state = ?, cut_off = ? WHERE generation_id = ?';
      const cutOff = Number(event.type === 'done' && event.reason === 'length');
      this.#db.run(change, answer.text, answer.state, cutOff, generationId);
    });
  }

  events(generationId: string, after: number): { seq: number; event: GenerationEvent }[] {
    const sql = 'SELECT seq, event FROM generation_events WHERE generation_id = ? AND seq > ? ORDER BY seq';
    return this.#db.all(eventRow, sql, generationId, after);
  }

  /** What an earlier process left unfinished ends as `interrupted`, with what it had. Returns how many there were. */
  interruptRunning(event: (text: string) => GenerationEvent): number {
    const running = this.#db.all(messageRow, "SELECT * FROM messages WHERE state = 'running'");
    for (const { generationId, text } of running) {
      if (generationId === null) continue;
      const last = this.events(generationId, 0).at(-1)?.seq ?? 0;
      this.record(generationId, last + 1, event(text), { text, state: 'interrupted' });
    }
    return running.length;
  }

  /** Of answers that have ended, the last event says everything. */
  forgetSteps(): void {
    this.#db.run(`DELETE FROM generation_events WHERE seq < (
      SELECT max(seq) FROM generation_events AS others WHERE others.generation_id = generation_events.generation_id
    ) AND generation_id IN (SELECT generation_id FROM messages WHERE state <> 'running')`);
  }

  #sentBefore(conversationId: string, key: string): Sent | undefined {
    const sql = `SELECT messages.* FROM messages JOIN sendings ON sendings.answer_id = messages.id
      WHERE sendings.conversation_id = ? AND sendings.key = ?`;
    const answer = this.#db.get(messageRow, sql, conversationId, key);
    if (answer === undefined) return undefined;
    return { question: this.message(answer.parentId ?? ''), answer, isNew: false };
  }

  #requireParent(conversationId: string, parentId: string | null): void {
    if (parentId === null) return;
    const parent = this.message(parentId);
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

  #beginAnswer(question: StoredMessage, key: string): StoredMessage {
    const { conversationId, id: parentId } = question;
    const answer = this.#insert({
      conversationId,
      parentId,
      role: 'assistant',
      text: '',
      videoIds: [],
      state: 'running',
      generationId: randomUUID(),
    });
    this.#remember(answer, key);
    return answer;
  }

  /** What a key has prefill; the conversation is the newest by that. */
  #remember({ id, conversationId }: StoredMessage, key: string): void {
    const sql = 'INSERT INTO sendings (conversation_id, key, answer_id) VALUES (?, ?, ?)';
    this.#db.run(sql, conversationId, key, id);
    this.#db.run('UPDATE conversations SET updated_at = ? WHERE id = ?', Date.now(), conversationId);
  }

  #insert(wanted: Omit<StoredMessage, 'id' | 'createdAt' | 'cutOff'>): StoredMessage {
    const { conversationId, parentId, role, text, videoIds, state, generationId } = wanted;
    const inserted = { conversationId, parentId, role, text, videoIds, state, generationId };
    const stored = { ...inserted, id: randomUUID(), createdAt: Date.now(), cutOff: false };
    this.#keep(stored);
    return stored;
  }

  #keep(message: StoredMessage): void {
    const { id, conversationId, parentId, role, text, videoIds, createdAt, state, cutOff, generationId } =
      message;
    const sql = `INSERT INTO messages (id, conversation_id, parent_id, role, text, video_ids, created_at, state, cut_off, generation_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    const facts = [JSON.stringify(videoIds), createdAt, state, Number(cutOff), generationId];
    this.#db.run(sql, id, conversationId, parentId, role, text, ...facts);
  }
}
