interface Turn {
  /** Asks the work to come to its end. */
  readonly stop: () => void;
  readonly ended: Promise<void>;
}

/** Runs work on the same thing one after the other; the newest asks the one before it to stop, and waits until it has. */
export class KeyedMutex {
  readonly #last = new Map<string, Turn>();

  async take<T>(name: string, work: () => Promise<T>, stop: () => void = () => undefined): Promise<T> {
    const before = this.#last.get(name);
    before?.stop();
    const result = before === undefined ? work() : before.ended.then(work);
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    const turn = { stop, ended };
    this.#last.set(name, turn);
    try {
      return await result;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
