import { type QueueOptions, WorkQueue } from '#core/work-queue.ts';
import type { SequenceSlot } from './sequence-slot.ts';
import type { PromptToken } from './prompt.ts';

/**
 * The lanes of the model, fewer than there are talks; who finds none idle waits. A prompt gets the idle lane whose KV
 * cache already holds most of it; where none holds half of it, the one idle for longest, whose talk is likeliest over.
 */
export class SequencePool {
  readonly queue: WorkQueue;
  /** Longest idle first. */
  #idle: SequenceSlot[];

  constructor(lanes: readonly SequenceSlot[], { maxWaiting }: { readonly maxWaiting: number }) {
    this.#idle = [...lanes];
    this.queue = new WorkQueue({ label: 'be answered', concurrency: lanes.length, maxWaiting });
  }

  /** Runs `work` on a lane. Throws `busy`, and the signal's reason if it aborts before one is idle. */
  use<T>(
    prompt: readonly PromptToken[],
    turn: QueueOptions,
    work: (lane: SequenceSlot) => Promise<T>,
  ): Promise<T> {
    return this.queue.run(async () => {
      const lane = this.#best(prompt);
      this.#idle = this.#idle.filter((one) => one !== lane);
      try {
        return await work(lane);
      } finally {
        this.#idle.push(lane);
      }
    }, turn);
  }

  #best(prompt: readonly PromptToken[]): SequenceSlot {
    const [longestIdle, ...others] = this.#idle;
    if (longestIdle === undefined) throw new RangeError('the queue let in more work than there are lanes');
    const fullest = others.reduce(
      (most, lane) => (lane.shares(prompt) > most.shares(prompt) ? lane : most),
      longestIdle,
    );
    return 2 * fullest.shares(prompt) >= prompt.length ? fullest : longestIdle;
  }
}
