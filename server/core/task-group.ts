/** Work that is going on, so that it can be stopped as a whole and waited for. */
export class TaskGroup {
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /** Runs `work` with a signal that aborts with the caller's and with `stop`. */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const end = this.#begin();
    try {
      const both = AbortSignal.any([signal, this.#stop.signal]);
      both.throwIfAborted();
      return await work(both);
    } finally {
      end();
    }
  }

  /** As `run`, for work that gives its results one by one. */
  async *stream<T>(signal: AbortSignal, work: (signal: AbortSignal) => AsyncGenerator<T>): AsyncGenerator<T> {
    const end = this.#begin();
    try {
      yield* work(AbortSignal.any([signal, this.#stop.signal]));
    } finally {
      end();
    }
  }

  /** Aborts everything, now and from now on; resolves when the last of it has ended. */
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
