import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '#errors';

/** How much one client may ask of the server, so that one of them cannot take it from all the others. */
export class ClientRate {
  readonly #limiter: RateLimiterMemory | undefined;

  /** `perMinute`: requests of one client; 0 is no limit. */
  constructor(perMinute: number) {
    if (perMinute > 0) this.#limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  }

  /** Throws `rate_limited`, with the seconds until the client may ask again. */
  async take(client: string): Promise<void> {
    try {
      await this.#limiter?.consume(client);
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      const retryAfter = Math.ceil(thrown.msBeforeNext / 1000);
      const message = `Too many requests from here; the next one is taken in ${retryAfter} s.`;
      throw new AppError('rate_limited', message, { retryAfter });
    }
  }
}
