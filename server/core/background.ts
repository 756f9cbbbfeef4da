import { TaskGroup } from './task-group.ts';

/**
 * Owner of work that nobody awaits: timers, event handlers, clean-up. Whatever such work throws reaches `onError` and
 * nobody else, so that no slip in it can end the process.
 */
export class Background {
  readonly #tasks = new TaskGroup();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onError: (what: string, error: unknown) => void;
  #closed = false;

  constructor(onError: (what: string, error: unknown) => void) {
    this.#onError = onError;
  }

  /** Starts `work` now. `what` is the sentence that its failure is reported with. */
  run(what: string, work: (signal: AbortSignal) => unknown): void {
    if (this.#closed) return;
    const task = this.#tasks.run(new AbortController().signal, async (signal) => {
      try {
        await work(signal);
      } catch (error) {
        if (!signal.aborted) this.#report(what, error);
      }
    });
    // refused because the owner has been closed
    task.catch(() => undefined);
  }

  /** Calls `work`, which is done when it returns. */
  attempt(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report(what, error);
    }
  }

  /** Runs `work` once, later. Returns how to cancel it. */
  after(ms: number, what: string, work: (signal: AbortSignal) => unknown): () => void {
    if (this.#closed) return () => undefined;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.run(what, work);
    }, ms);
    timer.unref();
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** Runs `work` again and again, `ms` after the end of the run before. Returns how to cancel it. */
  every(ms: number, what: string, work: (signal: AbortSignal) => unknown): () => void {
    let cancelled = false;
    let cancel = (): void => undefined;
    const again = (): void => {
      if (!cancelled) cancel = this.after(ms, what, repeat);
    };
    const repeat = async (signal: AbortSignal): Promise<void> => {
      try {
        await work(signal);
      } finally {
        again();
      }
    };
    again();
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** Cancels timers, aborts what runs and waits for its end. Nothing starts afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.#tasks.stop();
  }

  #report(what: string, error: unknown): void {
    try {
      this.#onError(what, error);
    } catch {
      // a report that fails has nobody left to be reported to
    }
  }
}
