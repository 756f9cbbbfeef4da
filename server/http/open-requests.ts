import type { Response } from 'express';
import { AppError } from '#errors';

/** Requests that are being answered, for an end in order: streams say that they end, the others answer 503. */
export class OpenRequests {
  readonly #stop = new AbortController();
  readonly #open = new Set<Response>();
  #onEmpty = (): void => undefined;

  /** Aborts when the server is about to end, with the error to answer. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  add(response: Response): void {
    this.#open.add(response);
    response.once('close', () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#onEmpty();
    });
  }

  /** Ends what is open; resolves when all have their answer, or after `maxMs` for readers who do not take it. */
  async close(maxMs: number): Promise<void> {
    this.#stop.abort(new AppError('busy', 'The server is stopping; ask again in a moment.'));
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const clock = setTimeout(resolve, maxMs);
      this.#onEmpty = () => {
        clearTimeout(clock);
        resolve();
      };
    });
  }
}
