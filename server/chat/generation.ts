import { type AppError, toAppError } from '#errors';
import type { StoredMessage } from '#store/chat-rows.ts';
import type { ChatStore } from '#store/chat-store.ts';
import type { GenerationEvent, Message, NumberedEvent } from '#contract/chat.ts';

/** Milliseconds for which words are gathered into one event: faster than anybody reads, and fewer writes. */
const gatherMs = 40;

export type Subscriber = (event: NumberedEvent) => void;

type Steps = (signal: AbortSignal) => AsyncIterable<GenerationEvent>;

export interface GenerationOptions {
  readonly steps: Steps;
  readonly detached: boolean;
  readonly onFailure: (error: AppError) => void;
}

/** What is told of an answer that ends because the server does. */
export function interruption(text: string): GenerationEvent {
  const message = 'The server stopped while it answered; ask for the rest.';
  return { type: 'error', text, code: 'interrupted', message };
}

/** An answer in the making: its events get numbers, are kept, and go to all who follow. */
export class Generation {
  readonly id: string;
  readonly conversationId: string;
  /** Whether it goes on where nobody follows it. */
  readonly detached: boolean;
  readonly finished: Promise<void>;
  readonly #store: ChatStore;
  readonly #subscribers = new Set<Subscriber>();
  readonly #stop = new AbortController();
  #interrupted = false;
  #seq = 0;
  /** What the answer goes on with; empty for a new one. */
  readonly #prefill: string;
  #text = '';
  #gathered = '';
  #timer: NodeJS.Timeout | undefined;

  /** Starts at once. `onFailure` is told what the subscribers hear of as an event. */
  constructor(store: ChatStore, answer: StoredMessage, { steps, detached, onFailure }: GenerationOptions) {
    if (answer.generationId === null) throw new TypeError('a question is not generated');
    this.id = answer.generationId;
    this.conversationId = answer.conversationId;
    this.detached = detached;
    this.#store = store;
    this.#prefill = answer.text;
    this.finished = this.#run(steps, onFailure);
  }

  /** How many listen right now. */
  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Hears every event from now on; what was before is in the store. Returns how to stop. */
  follow(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** The answer ends with what it has. */
  stop(): void {
    this.#stop.abort();
  }

  /** As `stop`, but not because anybody wanted it to end. */
  interrupt(): void {
    this.#interrupted = true;
    this.#stop.abort();
  }

  async #run(steps: Steps, onFailure: (error: AppError) => void): Promise<void> {
    // whoever asked follows before the first event
    await Promise.resolve();
    if (this.#prefill !== '') {
      this.#text = this.#prefill;
      this.#record({ type: 'token', text: this.#prefill }, 'running');
    }
    try {
      for await (const event of steps(this.#stop.signal)) {
        if (event.type === 'token') this.#gather(event.text);
        else this.#emit(event, stateAfter(event));
      }
    } catch (thrown) {
      const error = toAppError(thrown);
      if (this.#stop.signal.aborted) {
        this.#emit(stoppedEarly(this.#text + this.#gathered), 'stopped');
        return;
      }
      onFailure(error);
      this.#flush();
      const { code, message } = error;
      this.#emit({ type: 'error', text: this.#text, code, message }, 'failed');
    }
  }

  #gather(text: string): void {
    this.#gathered += text;
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#gathered;
    if (text === '') return;
    this.#gathered = '';
    this.#text += text;
    this.#record({ type: 'token', text }, 'running');
  }

  #emit(event: GenerationEvent, state: Message['state']): void {
    this.#flush();
    if (event.type === 'done') this.#text = event.text;
    if (state === 'stopped' && this.#interrupted) this.#record(interruption(this.#text), 'interrupted');
    else this.#record(event, state);
  }

  #record(event: GenerationEvent, state: Message['state']): void {
    this.#seq += 1;
    this.#store.record(this.id, this.#seq, event, { text: this.#text, state });
    const numbered = { conversationId: this.conversationId, generationId: this.id, seq: this.#seq, event };
    for (const subscriber of this.#subscribers) subscriber(numbered);
  }
}

function stateAfter(event: GenerationEvent): Message['state'] {
  if (event.type !== 'done') return 'running';
  return event.reason === 'stopped' ? 'stopped' : 'done';
}

/** Stopped while its clips were looked at. */
function stoppedEarly(text: string): GenerationEvent {
  const counts = { reusedTokens: 0, promptTokens: 0, answerTokens: 0 };
  return { type: 'done', text, reason: 'stopped', ...counts };
}
