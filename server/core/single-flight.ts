interface Flight<P, T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  readonly listeners: Set<(progress: P) => void>;
  /** The latest progress, for callers that join later. */
  progress: P | undefined;
}

export interface FlightOptions<P> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: P) => void;
}

/** Deduplicates concurrent work by key. It is stopped when the last of its callers has aborted. */
export class SingleFlight<P, T> {
  readonly #flights = new Map<string, Flight<P, T>>();

  /** Whether `run` would join work that is already running. */
  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** The result of the running work with this key, or else of `work`. Throws the signal's reason when it aborts. */
  async run(
    key: string,
    { signal, onProgress }: FlightOptions<P>,
    work: (options: FlightOptions<P>) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const shared = this.#flights.get(key) ?? this.#start(key, work);
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

  #start(key: string, work: (options: FlightOptions<P>) => Promise<T>): Flight<P, T> {
    const stop = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const onProgress = (progress: P): void => {
      shared.progress = progress;
      for (const listener of listeners) listener(progress);
    };
    const result = Promise.resolve()
      .then(() => work({ signal: stop.signal, onProgress }))
      .finally(() => this.#forget(key, shared));
    // without callers left, a failure must not count as an unhandled rejection
    result.catch(() => undefined);
    const shared: Flight<P, T> = { result, stop, listeners, progress: undefined };
    this.#flights.set(key, shared);
    return shared;
  }

  /** The last caller waits until the work has stopped; later callers start a new run. */
  async #abandon(key: string, shared: Flight<P, T>): Promise<void> {
    this.#forget(key, shared);
    shared.stop.abort();
    await shared.result.catch(() => undefined);
  }

  #forget(key: string, shared: Flight<P, T>): void {
    if (this.#flights.get(key) === shared) this.#flights.delete(key);
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
