import type { Lane } from './lane.ts';

interface Place {
  readonly lane: Lane;
  /** Who used it last; its KV cache is of use to nobody else. */
  owner: object | undefined;
  busy: boolean;
}

interface Waiting {
  readonly owner: object;
  readonly take: (place: Place) => void;
}

/**
 * The lanes of the model, fewer than there are conversations. A conversation finds its own again while nobody needed
 * it; else it gets one that nobody owns, or the one idle for longest, or waits its turn.
 */
export class Lanes {
  /** Least recently used first. */
  #places: Place[];
  #waiting: Waiting[] = [];

  constructor(lanes: readonly Lane[]) {
    this.#places = lanes.map((lane) => ({ lane, owner: undefined, busy: false }));
  }

  /** Runs `work` on a lane. Throws the signal's reason if it aborts before one is free. */
  async use<T>(owner: object, signal: AbortSignal, work: (lane: Lane) => Promise<T>): Promise<T> {
    const place = await this.#take(owner, signal);
    try {
      return await work(place.lane);
    } finally {
      this.#release(place);
    }
  }

  /** The owner will not come back. */
  leave(owner: object): void {
    for (const place of this.#places) if (place.owner === owner) place.owner = undefined;
  }

  async #take(owner: object, signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    const idle = this.#places.filter(({ busy }) => !busy);
    const place =
      idle.find((one) => one.owner === owner) ?? idle.find((one) => one.owner === undefined) ?? idle[0];
    if (place === undefined) return this.#wait(owner, signal);
    this.#give(place, owner);
    return place;
  }

  #wait(owner: object, signal: AbortSignal): Promise<Place> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        owner,
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
    this.#give(place, next.owner);
    next.take(place);
  }

  #give(place: Place, owner: object): void {
    place.busy = true;
    place.owner = owner;
    this.#places = [...this.#places.filter((one) => one !== place), place];
  }
}
