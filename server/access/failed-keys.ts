import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { AppError } from '#errors';

export interface FailedKeysOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits that many milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** Wrong keys that are answered without delay: someone mistyped. */
const freeFailures = 3;
const maxFailures = 10;
const forgottenMs = 15 * 60_000;
const maxDelayMs = 4000;
/** Networks and accepted pairs remembered; more than these at once are forgotten, the oldest first. */
const maxEntries = 20_000;

interface Failures {
  count: number;
  /** When they are forgotten, and the lock ends if there is one. */
  until: number;
}

/**
 * Makes guessing keys slow, then impossible for a while: after some wrong keys from one network each further answer
 * takes longer, and after `maxFailures` no key from there is looked at. A key that was accepted from there before still
 * is, so that one neighbour's guesses do not lock the others out.
 */
export class FailedKeys {
  readonly #failures = new LRUCache<string, Failures>({ max: maxEntries });
  readonly #accepted = new LRUCache<string, true>({ max: maxEntries });
  readonly #now: () => number;
  readonly #pause: (ms: number) => Promise<unknown>;

  constructor({ now = Date.now, pause = sleep }: FailedKeysOptions = {}) {
    this.#now = now;
    this.#pause = pause;
  }

  /**
   * The result of looking a key up. An attempt counts before it is looked at, so that many at once are no way around
   * the limit. Throws `rate_limited` while the network is locked.
   */
  async attempt<T>(network: string, sha256: string, find: () => T | undefined): Promise<T | undefined> {
    const pair = `${network} ${sha256}`;
    if (this.#accepted.has(pair)) {
      const known = find();
      if (known !== undefined) return known;
      this.#accepted.delete(pair);
    }
    const failures = this.#failuresOf(network);
    failures.count += 1;
    const found = find();
    if (found !== undefined) {
      failures.count -= 1;
      this.#accepted.set(pair, true);
      return found;
    }
    failures.until = this.#now() + forgottenMs;
    const over = failures.count - freeFailures;
    if (over > 0) await this.#pause(Math.min(maxDelayMs, 100 * 2 ** over));
    return undefined;
  }

  #failuresOf(network: string): Failures {
    const now = this.#now();
    const known = this.#failures.get(network);
    if (known === undefined || known.until <= now) {
      const fresh = { count: 0, until: now + forgottenMs };
      this.#failures.set(network, fresh);
      return fresh;
    }
    if (known.count < maxFailures) return known;
    const retryAfter = Math.ceil((known.until - now) / 1000);
    throw new AppError('rate_limited', 'Too many wrong keys from here; try again later.', { retryAfter });
  }
}
