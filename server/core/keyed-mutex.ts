interface Holder {
  /** Asks the work to come to its end. */
  readonly stop: () => void;
  readonly ended: Promise<void>;
}

/** Runs work under the same key one at a time; a new call asks the current one to stop, and waits until it has ended. */
export class KeyedMutex {
  readonly #last = new Map<string, Holder>();

  async run<T>(name: string, work: () => Promise<T>, stop: () => void = () => undefined): Promise<T> {
    const before = this.#last.get(name);
    before?.stop();
    const result = before === undefined ? work() : before.ended.then(work);
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    const holder = { stop, ended };
    this.#last.set(name, holder);
    try {
      return await result;
    } finally {
      if (this.#last.get(name) === holder) this.#last.delete(name);
    }
  }
}
