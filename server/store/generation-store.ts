import type { GenerationEvent, Message } from '#contract/chat.ts';
import { AppError } from '#errors';
import { eventRow, messageRow, type StoredMessage } from './chat-rows.ts';
import type { Database } from './database.ts';

/** An answer as far as it has come. */
export interface AnswerProgress {
  readonly text: string;
  readonly state: Message['state'];
}

/** Runs that write answers, and their numbered events, in the database. */
export class GenerationStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The answer that a run writes. Throws `not_found`. */
  answer(generationId: string): StoredMessage {
    const found = this.#db.get(messageRow, 'SELECT * FROM messages WHERE generation_id = ?', generationId);
    if (found === undefined) throw noSuchAnswer();
    return found;
  }

  /**
   * Stores an event, and with it the answer's text up to then and its state. The last event says everything, so the
   * ones before it are dropped with it. Throws `not_found` where the answer was deleted, `storage_full`, `busy`.
   */
  record(generationId: string, seq: number, event: GenerationEvent, progress: AnswerProgress): Promise<void> {
    return this.#db.write(() => this.#record(generationId, seq, event, progress));
  }

  /** Stored events after `after`, in order. */
  events(generationId: string, after: number): { seq: number; event: GenerationEvent }[] {
    const sql = 'SELECT seq, event FROM generation_events WHERE generation_id = ? AND seq > ? ORDER BY seq';
    return this.#db.all(eventRow, sql, generationId, after);
  }

  /** Ends what an earlier process left unfinished as `interrupted`, with the text it had. Returns how many there were. */
  interruptRunning(event: (text: string) => GenerationEvent): number {
    return this.#db.transaction(() => {
      const running = this.#db.all(messageRow, "SELECT * FROM messages WHERE state = 'running'");
      for (const { generationId, text } of running) {
        if (generationId === null) continue;
        const last = this.events(generationId, 0).at(-1)?.seq ?? 0;
        this.#record(generationId, last + 1, event(text), { text, state: 'interrupted' });
      }
      return running.length;
    });
  }

  #record(generationId: string, seq: number, event: GenerationEvent, { text, state }: AnswerProgress): void {
    const change =
      'UPDATE messages SET text = ?, state = ?, cut_off = ?, confidence = ? WHERE generation_id = ?';
    const cutOff = Number(event.type === 'done' && event.reason === 'length');
    const confidence = (event.type === 'done' ? event.confidence?.value : undefined) ?? null;
    if (this.#db.run(change, text, state, cutOff, confidence, generationId) === 0) throw noSuchAnswer();
    if (event.type === 'done' || event.type === 'error') {
      this.#db.run('DELETE FROM generation_events WHERE generation_id = ?', generationId);
    }
    const sql = 'INSERT INTO generation_events (generation_id, seq, event) VALUES (?, ?, ?)';
    this.#db.run(sql, generationId, seq, JSON.stringify(event));
  }
}

function noSuchAnswer(): AppError {
  return new AppError('not_found', 'There is no answer with this id.');
}
