/** Tasks that run, to be aborted and awaited as a group. */
export class TaskGroup {
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /** Whether `stop` was called. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Runs `work` with a signal that aborts with the caller's, if there is one, and with `stop`. */
  async run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const end = this.#begin();
    try {
      const both = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
      both.throwIfAborted();
      return await work(both);
    } finally {
      end();
    }
  }

  /** As `run`, for work that yields its results one by one. */
  async *stream<T>(signal: AbortSignal, work: (signal: AbortSignal) => AsyncGenerator<T>): AsyncGenerator<T> {
    const end = this.#begin();
    try {
      yield* work(AbortSignal.any([signal, this.#stop.signal]));
    } finally {
      end();
    }
  }

  /** Aborts all tasks, present and future; resolves when the last one has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #begin(): () => void {
    let end = (): void => undefined;
    const running = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#running.add(running);
    return () => {
      this.#running.delete(running);
      end();
    };
  }
}
