/** Tells work on a clip that the clip was deleted meanwhile, so that nothing made of it is kept. */
export class Deletions {
  readonly #watches = new Map<string, Set<AbortController>>();

  /** Does work on the clip with this SHA-256, which may ask at any time whether it was deleted since the start. */
  async watch<T>(sha256: string, work: (isDeleted: () => boolean) => Promise<T>): Promise<T> {
    const watch = new AbortController();
    const others = this.#watches.get(sha256) ?? new Set();
    this.#watches.set(sha256, others.add(watch));
    try {
      return await work(() => watch.signal.aborted);
    } finally {
      others.delete(watch);
      if (others.size === 0 && this.#watches.get(sha256) === others) this.#watches.delete(sha256);
    }
  }

  /** Tells everything that runs for this clip; work that starts later is not concerned: the same bytes may come again. */
  delete(sha256: string): void {
    const watches = this.#watches.get(sha256) ?? [];
    this.#watches.delete(sha256);
    for (const watch of watches) watch.abort();
  }
}
