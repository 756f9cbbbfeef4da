import { setTimeout as pause } from 'node:timers/promises';
import type { GenerationEvent, Message, NumberedEvent } from '#contract/chat.ts';
import type { Background } from '#core/background.ts';
import { AppError, toAppError } from '#errors';
import type { StoredMessage } from '#store/chat-rows.ts';
import type { GenerationStore } from '#store/generation-store.ts';

/** Milliseconds for which words are gathered into one event: faster than anybody reads, and fewer writes. */
const gatherMs = 40;

export type Subscriber = (event: NumberedEvent) => void;

export interface GenerationOptions {
  readonly store: GenerationStore;
  readonly background: Background;
  /** Starts the engine. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<GenerationEvent>>;
  /** Whether it goes on without subscribers. */
  readonly detached: boolean;
  readonly onFailure: (error: AppError) => void;
}

/** The last event of an answer that ends because the server does. */
export function interruption(text: string): GenerationEvent {
  const message = 'The server stopped while it answered; ask for the rest.';
  return { type: 'error', text, code: 'interrupted', message };
}

/**
 * A running answer: its events get numbers, are stored, and then reach the subscribers. Where the store fails, the answer
 * fails; subscribers are told that at once, and the store as soon as it can be.
 */
export class Generation {
  readonly id: string;
  readonly conversationId: string;
  readonly detached: boolean;
  /** Resolves when the last event is stored, or cannot be; never rejects. */
  readonly finished: Promise<void>;
  readonly #options: GenerationOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #stop = new AbortController();
  /** Aborts when the last event need not be stored any more. */
  readonly #giveUp = new AbortController();
  #interrupted = false;
  #seq = 0;
  /** What the answer goes on with; empty for a new one. */
  readonly #prefill: string;
  #text = '';
  #gathered = '';
  #cancelFlush: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writeError: unknown;
  /** The last event, while it is not stored. */
  #unstored: NumberedEvent | undefined;

  /** Starts at once. */
  constructor(answer: StoredMessage, options: GenerationOptions) {
    if (answer.generationId === null) throw new TypeError('a question is not generated');
    this.id = answer.generationId;
    this.conversationId = answer.conversationId;
    this.detached = options.detached;
    this.#options = options;
    this.#prefill = answer.text;
    this.finished = this.#run().catch((error: unknown) => options.onFailure(toAppError(error)));
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Sends every event from now on; earlier ones are in the store. Returns how to unsubscribe. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    if (this.#unstored !== undefined) this.#send(subscriber, this.#unstored);
    return () => this.#subscribers.delete(subscriber);
  }

  /** The answer ends with what it has. */
  stop(): void {
    this.#stop.abort();
  }

  /** As `stop`, because the server ends. */
  interrupt(): void {
    this.#interrupted = true;
    this.stop();
    this.#giveUp.abort();
  }

  /** As `stop`, because the conversation is to be deleted. */
  discard(): void {
    this.stop();
    this.#giveUp.abort();
  }

  async #run(): Promise<void> {
    // the sender subscribes before the first event
    await Promise.resolve();
    try {
      if (this.#prefill !== '') this.#gather(this.#prefill);
      await this.#flush();
      for await (const event of await this.#options.open(this.#stop.signal)) {
        if (this.#writeError !== undefined) break;
        if (event.type === 'token') this.#gather(event.text);
        else if (event.type === 'done') return await this.#finish(event);
        else await this.#flush(event);
      }
      throw this.#writeError ?? new RangeError('the answer has no end');
    } catch (thrown) {
      await this.#fail(thrown);
    }
  }

  async #finish(done: Extract<GenerationEvent, { type: 'done' }>): Promise<void> {
    await this.#flush();
    if (this.#writeError !== undefined) throw this.#writeError;
    this.#text = done.text;
    if (done.reason !== 'stopped') await this.#record(done, 'done');
    else if (this.#interrupted) await this.#record(interruption(this.#text), 'interrupted');
    else await this.#record(done, 'stopped');
  }

  async #fail(thrown: unknown): Promise<void> {
    this.#text += this.#gathered;
    this.#gathered = '';
    this.#cancelFlush?.();
    await this.#writing;
    if (this.#stop.signal.aborted && this.#writeError === undefined) {
      if (this.#interrupted) await this.#end(interruption(this.#text), 'interrupted');
      else await this.#end(stoppedEarly(this.#text), 'stopped');
      return;
    }
    const error = toAppError(this.#writeError ?? thrown);
    this.#options.onFailure(error);
    const { code, message } = error;
    await this.#end({ type: 'error', text: this.#text, code, message }, 'failed');
  }

  /** Stores the last event; where that fails, tells the subscribers first and stores it when it can be. */
  async #end(event: GenerationEvent, state: Message['state']): Promise<void> {
    try {
      await this.#record(event, state);
      return;
    } catch (error) {
      if (isGone(error)) {
        this.#publish(this.#numbered(this.#seq + 1, event));
        return;
      }
      this.#options.onFailure(toAppError(error));
    }
    this.#unstored = this.#numbered(this.#seq + 1, event);
    this.#publish(this.#unstored);
    for (let waitMs = 50; !this.#giveUp.signal.aborted; waitMs = Math.min(2 * waitMs, 5000)) {
      await pause(waitMs, undefined, { signal: this.#giveUp.signal }).catch(() => undefined);
      try {
        await this.#options.store.record(this.id, this.#seq + 1, event, { text: this.#text, state });
        return;
      } catch (error) {
        if (isGone(error)) return;
      }
    }
  }

  #gather(text: string): void {
    this.#gathered += text;
    this.#cancelFlush ??= this.#options.background.after(gatherMs, 'words could not be stored', () =>
      this.#flush(),
    );
  }

  /** Stores the words so far, and `event` after them. Resolves when that is done or failed; then `#writeError` says why. */
  async #flush(event?: GenerationEvent): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const text = this.#gathered;
    this.#gathered = '';
    if (text !== '') {
      this.#text += text;
      this.#append({ type: 'token', text });
    }
    if (event !== undefined) this.#append(event);
    await this.#writing;
  }

  /** Records an event that is not the last, after those before it. A failure ends the answer. */
  #append(event: GenerationEvent): void {
    const text = this.#text;
    this.#writing = this.#writing.then(async () => {
      if (this.#writeError !== undefined) return;
      try {
        await this.#record(event, 'running', text);
      } catch (error) {
        this.#writeError = error;
        this.stop();
      }
    });
  }

  async #record(event: GenerationEvent, state: Message['state'], text = this.#text): Promise<void> {
    const seq = this.#seq + 1;
    await this.#options.store.record(this.id, seq, event, { text, state });
    this.#seq = seq;
    this.#publish(this.#numbered(seq, event));
  }

  #numbered(seq: number, event: GenerationEvent): NumberedEvent {
    return { conversationId: this.conversationId, generationId: this.id, seq, event };
  }

  #publish(event: NumberedEvent): void {
    for (const subscriber of this.#subscribers) this.#send(subscriber, event);
  }

  #send(subscriber: Subscriber, event: NumberedEvent): void {
    this.#options.background.attempt('an event could not be sent', () => subscriber(event));
  }
}

/** Whether the answer was deleted, with its conversation. */
function isGone(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not_found';
}

/** Stopped before the engine answered. */
function stoppedEarly(text: string): GenerationEvent {
  const counts = { reusedTokens: 0, promptTokens: 0, answerTokens: 0 };
  return { type: 'done', text, reason: 'stopped', ...counts };
}
