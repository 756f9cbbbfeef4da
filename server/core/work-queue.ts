import { AppError } from '#errors';

export interface WorkQueueOptions {
  /** What is waited for, as in "too many clips wait to be decoded". */
  readonly label: string;
  /** How much runs at once. */
  readonly concurrency: number;
  /** How many wait at most. */
  readonly maxWaiting: number;
}

export interface QueueOptions {
  readonly signal: AbortSignal;
  /** Told whenever the place changes; 1 is the next. */
  readonly onQueuePosition?: ((i: number) => void) | undefined;
  /** For work that nobody waits for: its turn comes when all others had theirs. It is never refused and has no place. */
  readonly background?: boolean | undefined;
}

interface Waiting {
  readonly start: () => void;
  readonly onQueuePosition: ((i: number) => void) | undefined;
}

/** Work that takes its turn: so much at once, in the order in which it came, and only so many waiting. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  #running = 0;
  readonly #waiting: Waiting[] = [];
  readonly #background: Waiting[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
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
    options.signal.throwIfAborted();
    if (this.#running >= this.#options.concurrency) await this.#waitForSlot(options);
    else this.#running += 1;
    return () => this.#next();
  }

  #waitForSlot({ signal, onQueuePosition, background = false }: QueueOptions): Promise<void> {
    const { maxWaiting, label } = this.#options;
    if (!background && this.#waiting.length >= maxWaiting) {
      const message = `The server is full: ${maxWaiting} others wait to ${label}. Try again in a moment.`;
      throw new AppError('busy', message);
    }
    const line = background ? this.#background : this.#waiting;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const i = line.indexOf(waiting);
        line.splice(i, 1);
        if (!background) this.#reportPositions(i);
        reject(signal.reason);
      };
      const start = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiting = { start, onQueuePosition };
      signal.addEventListener('abort', onAbort, { once: true });
      line.push(waiting);
      if (!background) onQueuePosition?.(line.length);
    });
  }

  /** Hands its own turn on, so that nobody who comes now is before those who wait. */
  #next(): void {
    const next = this.#waiting.shift() ?? this.#background.shift();
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    next.start();
    this.#reportPositions(0);
  }

  #reportPositions(from: number): void {
    for (const [index, { onQueuePosition }] of [...this.#waiting.entries()].slice(from))
      onQueuePosition?.(index + 1);
  }
}
