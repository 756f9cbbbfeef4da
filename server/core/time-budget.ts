import { RateLimiterMemory } from 'rate-limiter-flexible';
import { AppError } from '#errors';

const windowSeconds = 60;

/** Seconds of expensive work that one client may cause in a minute. Work of no client is the server's own and free. */
export class TimeBudget {
  readonly #limiter: RateLimiterMemory | undefined;

  /** 0 is no limit. */
  constructor(secondsPerMinute: number) {
    if (secondsPerMinute > 0)
      this.#limiter = new RateLimiterMemory({ points: secondsPerMinute * 1000, duration: windowSeconds });
  }

  /** Throws `rate_limited` for a client that has used up its time, with the seconds until it has some again. */
  async require(client: string | undefined): Promise<void> {
    const used = client === undefined ? null : await this.#limiter?.get(client);
    if (!used || used.remainingPoints > 0) return;
    const retryAfter = Math.ceil(used.msBeforeNext / 1000);
    const message = `Decoding for you has taken too much time; the next clip is taken in ${retryAfter} s.`;
    throw new AppError('rate_limited', message, { retryAfter });
  }

  /** Does work and notes how long it took, failed or not. */
  async spend<T>(client: string | undefined, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      if (client !== undefined) await this.#limiter?.penalty(client, Math.ceil(performance.now() - start));
    }
  }
}
