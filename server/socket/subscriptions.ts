import type { Viewer } from '#store/viewer.ts';
import { Subscription, type SubscriptionParts } from './subscription.ts';

/** The answers that one connection is subscribed to, each once. */
export class Subscriptions {
  readonly #parts: SubscriptionParts;
  readonly #open = new Map<string, Subscription>();

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** Sends every event after `after`. Returns the number of the last stored one. Throws `not_found`. */
  open(viewer: Viewer, generationId: string, after: number): number {
    this.#open.get(generationId)?.close();
    const subscription = new Subscription(this.#parts, {
      viewer,
      generationId,
      after,
      onEnd: () => {
        if (this.#open.get(generationId) === subscription) this.#open.delete(generationId);
      },
    });
    this.#open.set(generationId, subscription);
    return subscription.start();
  }

  closeAll(): void {
    for (const subscription of [...this.#open.values()]) subscription.close();
  }
}
