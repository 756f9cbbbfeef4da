import type { Logger } from 'pino';
import type { Background } from '#core/background.ts';
import type { StoredMessage } from '#store/chat-rows.ts';
import type { GenerationStore } from '#store/generation-store.ts';
import { Generation, type GenerationOptions, interruption, type Subscriber } from './generation.ts';

export interface GenerationsOptions {
  readonly store: GenerationStore;
  readonly log: Logger;
  readonly background: Background;
  /** Milliseconds that an answer goes on without subscribers. */
  readonly gracePeriodMs: number;
}

/** The answers that are running, and who is subscribed to them. */
export class Generations {
  readonly #options: GenerationsOptions;
  readonly #running = new Map<string, Generation>();
  /** How to cancel the end of an answer that nobody is subscribed to. */
  readonly #abandoned = new Map<string, () => void>();

  /** What an earlier process left unfinished is marked `interrupted`. */
  constructor(options: GenerationsOptions) {
    this.#options = options;
    const count = options.store.interruptRunning(interruption);
    if (count > 0) options.log.warn({ count }, 'answers were interrupted by the last stop');
  }

  start(answer: StoredMessage, options: Pick<GenerationOptions, 'open' | 'detached'>): void {
    const { store, background, log } = this.#options;
    const generation = new Generation(answer, {
      ...options,
      store,
      background,
      onFailure: (error) => log.error({ err: error.cause ?? error, code: error.code }, 'an answer failed'),
    });
    this.#running.set(generation.id, generation);
    background.run('an answer could not be put away', async () => {
      await generation.finished;
      this.#running.delete(generation.id);
      this.#keep(generation.id);
    });
    this.#endIfAbandoned(generation);
  }

  find(id: string): Generation | undefined {
    return this.#running.get(id);
  }

  /** Sends every event from now on, if it runs. Returns how to unsubscribe. */
  subscribe(id: string, subscriber: Subscriber): () => void {
    const generation = this.#running.get(id);
    if (generation === undefined) return () => undefined;
    const unsubscribe = generation.subscribe(subscriber);
    this.#keep(id);
    return () => {
      unsubscribe();
      this.#endIfAbandoned(generation);
    };
  }

  /** Ends those of a conversation that is to be deleted. */
  async discard(conversationId: string): Promise<void> {
    const own = [...this.#running.values()].filter((one) => one.conversationId === conversationId);
    for (const generation of own) generation.discard();
    await Promise.all(own.map(({ finished }) => finished));
  }

  /** Ends all of them as interrupted. */
  async close(): Promise<void> {
    for (const id of this.#abandoned.keys()) this.#keep(id);
    const running = [...this.#running.values()];
    for (const generation of running) generation.interrupt();
    await Promise.all(running.map(({ finished }) => finished));
  }

  /** Without subscribers an answer ends, unless somebody subscribes in time. */
  #endIfAbandoned(generation: Generation): void {
    const { id, detached, subscribers } = generation;
    if (detached || subscribers > 0 || !this.#running.has(id)) return;
    this.#keep(id);
    const { background, gracePeriodMs } = this.#options;
    const cancel = background.after(gracePeriodMs, 'an abandoned answer could not be stopped', () => {
      this.#abandoned.delete(id);
      if (generation.subscribers === 0) generation.stop();
    });
    this.#abandoned.set(id, cancel);
  }

  #keep(id: string): void {
    this.#abandoned.get(id)?.();
    this.#abandoned.delete(id);
  }
}
