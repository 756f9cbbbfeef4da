import { AppError } from '#errors';

/** How many connections each client has. */
export class ConnectionCount {
  readonly #counts = new Map<string, number>();
  readonly #max: number;

  /** `max`: connections of one client; 0 is no limit. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Throws `rate_limited` where the client has as many as it may. */
  requireFree(client: string): void {
    if (this.#max === 0 || (this.#counts.get(client) ?? 0) < this.#max) return;
    throw new AppError('rate_limited', `One client has ${this.#max} connections at most.`);
  }

  /** Counts one, until what is returned is called. */
  add(client: string): () => void {
    this.#counts.set(client, (this.#counts.get(client) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(client) ?? 1) - 1;
      if (left > 0) this.#counts.set(client, left);
      else this.#counts.delete(client);
    };
  }
}
