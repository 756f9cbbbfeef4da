import type { Lane } from './lane.ts';
import type { PromptToken } from './prompt.ts';

interface Place {
  readonly lane: Lane;
  busy: boolean;
}

interface Waiting {
  readonly take: (place: Place) => void;
}

/**
 * The lanes of the model, fewer than there are talks. A prompt gets the idle lane whose KV cache already holds most of
 * it; where none holds half of it, the one idle for longest, whose talk is likeliest over; or it waits its turn.
 */
export class Lanes {
  /** Least recently used first. */
  #places: Place[];
  #waiting: Waiting[] = [];

  constructor(lanes: readonly Lane[]) {
    this.#places = lanes.map((lane) => ({ lane, busy: false }));
  }

  /** Runs `work` on a lane. Throws the signal's reason if it aborts before one is free. */
  async use<T>(
    prompt: readonly PromptToken[],
    signal: AbortSignal,
    work: (lane: Lane) => Promise<T>,
  ): Promise<T> {
    const place = await this.#take(prompt, signal);
    try {
      return await work(place.lane);
    } finally {
      this.#release(place);
    }
  }

  async #take(prompt: readonly PromptToken[], signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    const idle = this.#places.filter(({ busy }) => !busy);
    const [longestIdle] = idle;
    if (longestIdle === undefined) return this.#wait(signal);
    const held = idle.map((place) => ({ place, shared: place.lane.shares(prompt) }));
    const best = held.reduce((most, one) => (one.shared > most.shared ? one : most));
    const place = 2 * best.shared >= prompt.length ? best.place : longestIdle;
    this.#occupy(place);
    return place;
  }

  #wait(signal: AbortSignal): Promise<Place> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        take: (place) => {
          signal.removeEventListener('abort', giveUp);
          resolve(place);
        },
      };
      const giveUp = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #release(place: Place): void {
    place.busy = false;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#occupy(place);
    next.take(place);
  }

  #occupy(place: Place): void {
    place.busy = true;
    this.#places = [...this.#places.filter((one) => one !== place), place];
  }
}
