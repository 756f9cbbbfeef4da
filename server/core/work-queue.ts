import { AppError } from '#errors';
import { currentClient } from './client-context.ts';

export interface WorkQueueOptions {
  /** What is waited for, as in "64 others wait to have a clip decoded". */
  readonly label: string;
  /** How much runs at once. */
  readonly concurrency: number;
  /** How many wait at most. */
  readonly maxWaiting: number;
}

export interface QueueOptions {
  readonly signal: AbortSignal;
  /**
   * The client; default: that of the current request. Clients get turns by rounds, none runs in all places where there is
   * more than one, and none waits in more than half of the waiting places. Work of no client counts as a client of its own.
   */
  readonly client?: string | undefined;
  /** Called whenever the position changes; 1 is the next. */
  readonly onQueuePosition?: ((i: number) => void) | undefined;
  /** Runs when no other work waits. It is never refused and has no position. */
  readonly background?: boolean | undefined;
}

interface Waiting extends QueueOptions {
  readonly start: () => void;
  /** As last reported. */
  position: number;
}

/** Runs so much at once and lets so many wait; fair to clients, and first come first served for each. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #perClient: number;
  #running = 0;
  readonly #runningOf = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  readonly #background: Waiting[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#perClient = Math.max(1, options.concurrency - 1);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Throws `busy` where too many wait, and the signal's reason when it aborts before the turn has come. */
  async run<T>(work: () => Promise<T>, options: QueueOptions): Promise<T> {
    const release = await this.acquire(options);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** As `run`, for work that ends elsewhere: returns what ends the turn, to be called once. */
  async acquire(options: QueueOptions): Promise<() => void> {
    const { signal, background = false, client = background ? undefined : currentClient() } = options;
    signal.throwIfAborted();
    if (this.#hasRoomFor(client)) this.#count(client, 1);
    else await this.#waitForTurn({ ...options, client });
    return () => {
      this.#count(client, -1);
      this.#startWaiting();
    };
  }

  #hasRoomFor(client: string | undefined): boolean {
    if (this.#running >= this.#options.concurrency) return false;
    return client === undefined || this.#runningBy(client) < this.#perClient;
  }

  #runningBy(client: string | undefined): number {
    return client === undefined ? 0 : (this.#runningOf.get(client) ?? 0);
  }

  #count(client: string | undefined, change: 1 | -1): void {
    this.#running += change;
    if (client === undefined) return;
    const running = this.#runningBy(client) + change;
    if (running === 0) this.#runningOf.delete(client);
    else this.#runningOf.set(client, running);
  }

  #waitForTurn(options: QueueOptions): Promise<void> {
    const { signal, background = false } = options;
    if (!background) this.#refuseIfFull(options.client);
    const line = background ? this.#background : this.#waiting;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        line.splice(line.indexOf(waiting), 1);
        if (!background) this.#reportPositions();
        reject(signal.reason);
      };
      const start = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiting = { ...options, start, position: 0 };
      signal.addEventListener('abort', onAbort, { once: true });
      line.push(waiting);
      if (!background) this.#reportPositions();
    });
  }

  #refuseIfFull(client: string | undefined): void {
    const { maxWaiting, label } = this.#options;
    if (this.#waiting.length >= maxWaiting) {
      const message = `The server is full: ${maxWaiting} others wait to ${label}. Try again in a moment.`;
      throw new AppError('busy', message);
    }
    const share = Math.ceil(maxWaiting / 2);
    if (client === undefined || this.#waiting.filter((one) => one.client === client).length < share) return;
    const message = `You have ${share} requests that wait to ${label}, which is your share. Try again in a moment.`;
    throw new AppError('busy', message);
  }

  /** Passes free places to those that wait, so that no later caller takes one of them. */
  #startWaiting(): void {
    const before = this.#running;
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) {
      this.#count(next.client, 1);
      next.start();
    }
    if (this.#running !== before) this.#reportPositions();
  }

  #takeNext(): Waiting | undefined {
    for (const line of [this.#waiting, this.#background]) {
      this.#sortByRounds();
      const i = line.findIndex(({ client }) => this.#hasRoomFor(client));
      if (i >= 0) return line.splice(i, 1)[0];
    }
    return undefined;
  }

  /** The first request of each client, then the second of each, and so on; running ones count. */
  #sortByRounds(): void {
    const taken = new Map(this.#runningOf);
    const rounds = this.#waiting.map((waiting) => {
      if (waiting.client === undefined) return { waiting, round: 0 };
      const round = taken.get(waiting.client) ?? 0;
      taken.set(waiting.client, round + 1);
      return { waiting, round };
    });
    // the sort is stable, so the order within a round outlives the requests that have ended
    rounds.sort((a, b) => a.round - b.round);
    this.#waiting.splice(0, rounds.length, ...rounds.map(({ waiting }) => waiting));
  }

  #reportPositions(): void {
    this.#sortByRounds();
    for (const [i, waiting] of this.#waiting.entries()) {
      if (waiting.position === i + 1) continue;
      waiting.position = i + 1;
      waiting.onQueuePosition?.(i + 1);
    }
  }
}
