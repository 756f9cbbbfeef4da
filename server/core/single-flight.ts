interface Shared<P, T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  readonly listeners: Set<(progress: P) => void>;
  /** The latest progress, for those who come later. */
  progress: P | undefined;
}

export interface FlightOptions<P> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: P) => void;
}

/** Work that several want at the same time is done once, and goes on for as long as one of them still wants it. */
export class SingleFlight<P, T> {
  readonly #going = new Map<string, Shared<P, T>>();

  /** The result of the work that goes on under this key, or of `work`. Throws the signal's reason when it aborts. */
  async run(
    key: string,
    { signal, onProgress }: FlightOptions<P>,
    work: (options: FlightOptions<P>) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const shared = this.#going.get(key) ?? this.#start(key, work);
    const listener = (progress: P): void => onProgress(progress);
    shared.listeners.add(listener);
    if (shared.progress !== undefined) onProgress(shared.progress);
    try {
      return await unlessAborted(shared.result, signal);
    } catch (error) {
      shared.listeners.delete(listener);
      if (!signal.aborted) throw error;
      if (shared.listeners.size === 0) await this.#abandon(key, shared);
      throw signal.reason;
    }
  }

  #start(key: string, work: (options: FlightOptions<P>) => Promise<T>): Shared<P, T> {
    const stop = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const onProgress = (progress: P): void => {
      shared.progress = progress;
      for (const listener of listeners) listener(progress);
    };
    const result = Promise.resolve()
      .then(() => work({ signal: stop.signal, onProgress }))
      .finally(() => this.#forget(key, shared));
    // where all have left, the failure is nobody's
    result.catch(() => undefined);
    const shared: Shared<P, T> = { result, stop, listeners, progress: undefined };
    this.#going.set(key, shared);
    return shared;
  }

  /** Whoever leaves last leaves when the work has ended. Who comes meanwhile starts anew. */
  async #abandon(key: string, shared: Shared<P, T>): Promise<void> {
    this.#forget(key, shared);
    shared.stop.abort();
    await shared.result.catch(() => undefined);
  }

  #forget(key: string, shared: Shared<P, T>): void {
    if (this.#going.get(key) === shared) this.#going.delete(key);
  }
}

async function unlessAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
