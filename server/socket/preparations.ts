import type { ProgressEvent } from '#engine/events.ts';

export interface PreparationOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProgressEvent) => void;
}

/** The clips that one connection has encoded before anybody asks about them. */
export class Preparations {
  readonly #running = new Map<string, Set<AbortController>>();
  readonly #onProgress: (videoId: string, progress: ProgressEvent) => void;

  constructor(onProgress: (videoId: string, progress: ProgressEvent) => void) {
    this.#onProgress = onProgress;
  }

  /** Throws `cancelled` after `cancel`, and what `work` throws. */
  async run<T>(videoId: string, work: (options: PreparationOptions) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const running = this.#running.get(videoId) ?? new Set();
    this.#running.set(videoId, running.add(stop));
    try {
      const onProgress = (progress: ProgressEvent): void => this.#onProgress(videoId, progress);
      return await work({ signal: stop.signal, onProgress });
    } finally {
      running.delete(stop);
      if (running.size === 0 && this.#running.get(videoId) === running) this.#running.delete(videoId);
    }
  }

  cancel(videoId: string): void {
    for (const stop of this.#running.get(videoId) ?? []) stop.abort();
  }

  cancelAll(): void {
    for (const videoId of this.#running.keys()) this.cancel(videoId);
  }
}
