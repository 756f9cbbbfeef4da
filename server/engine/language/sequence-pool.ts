import { type QueueOptions, WorkQueue } from '#core/work-queue.ts';
import type { SequenceSlot } from './sequence-slot.ts';
import type { PromptToken } from './prompt.ts';

/**
 * The sequence slots of one model: fewer than there are conversations, so requests queue for an idle one. A prompt gets the
 * idle slot that caches the longest prefix of it; if no slot caches half of it, the least recently used one.
 */
export class SequencePool {
  readonly queue: WorkQueue;
  /** Least recently used first. */
  #idle: SequenceSlot[];

  constructor(slots: readonly SequenceSlot[], { maxWaiting }: { readonly maxWaiting: number }) {
    this.#idle = [...slots];
    this.queue = new WorkQueue({ label: 'be answered', concurrency: slots.length, maxWaiting });
  }

  /** Runs `work` on a slot. Throws `busy`, and the signal's reason if it aborts before a slot is idle. */
  use<T>(
    prompt: readonly PromptToken[],
    options: QueueOptions,
    work: (slot: SequenceSlot) => Promise<T>,
  ): Promise<T> {
    return this.queue.run(async () => {
      const slot = this.#best(prompt);
      this.#idle = this.#idle.filter((one) => one !== slot);
      try {
        return await work(slot);
      } finally {
        this.#idle.push(slot);
      }
    }, options);
  }

  #best(prompt: readonly PromptToken[]): SequenceSlot {
    const [leastRecent, ...others] = this.#idle;
    if (leastRecent === undefined) throw new RangeError('more work admitted than there are sequence slots');
    const best = others.reduce(
      (most, slot) => (slot.cachedPrefix(prompt) > most.cachedPrefix(prompt) ? slot : most),
      leastRecent,
    );
    return 2 * best.cachedPrefix(prompt) >= prompt.length ? best : leastRecent;
  }
}
