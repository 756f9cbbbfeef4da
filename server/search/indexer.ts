import { videoDirection } from '#engine/retrieval/embeddings.ts';
import type { EmbeddedClip } from '#engine/retrieval/retrieval.ts';
import { isClipFault, toAppError } from '#errors';
import type { EmbeddingStore } from '#store/embedding-store.ts';
import type { ClipIndex } from '#engine/retrieval/clip-index.ts';

export interface IndexerParts {
  readonly store: EmbeddingStore;
  readonly index: Pick<ClipIndex, 'has' | 'set' | 'delete'>;
  /** Watches a stored clip when nobody else wants anything watched. */
  embed(videoId: string, signal: AbortSignal): Promise<EmbeddedClip>;
  readonly observer?: { onWarning?(what: string, error: unknown): void } | undefined;
}

/** Makes every stored clip known to search, one at a time and the newest first, as long as there are any that are not. */
export class Indexer {
  readonly #parts: IndexerParts;
  readonly #pending = new Set<string>();
  /** The pending ones, the next one last; some may have gone since. */
  readonly #line: string[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> = Promise.resolve();
  #idle = true;

  constructor(parts: IndexerParts) {
    this.#parts = parts;
  }

  /** Clips that search does not know yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Takes up what earlier runs of the server have found out, and goes on from there. */
  start(): void {
    const { store, index } = this.#parts;
    for (const { videoId, direction } of store.directions()) index.set(videoId, direction);
    for (const videoId of store.unknown()) this.#enqueue(videoId);
    this.#wake();
  }

  /** A clip came. One that could not be read before gets another chance. */
  kept(videoId: string): void {
    if (this.#parts.index.has(videoId)) return;
    this.#enqueue(videoId);
    this.#wake();
  }

  removed(videoId: string): void {
    this.#pending.delete(videoId);
    this.#parts.index.delete(videoId);
  }

  /** Keeps what a clip's frames are in the joint space, unless the clip is gone. */
  addToIndex(videoId: string, clip: EmbeddedClip): void {
    const direction = videoDirection(clip.frames);
    if (this.#parts.store.keep(videoId, direction, clip)) this.#parts.index.set(videoId, direction);
    this.#pending.delete(videoId);
  }

  /** Stops the clip in work, and waits for its end. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  #enqueue(videoId: string): void {
    this.#pending.add(videoId);
    this.#line.push(videoId);
  }

  #wake(): void {
    if (!this.#idle) return;
    this.#idle = false;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#line.pop(); next !== undefined; next = this.#line.pop()) {
      if (this.#pending.has(next)) await this.#indexOne(next);
      if (this.#stop.signal.aborted) return;
    }
    this.#idle = true;
  }

  /** Never throws. */
  async #indexOne(videoId: string): Promise<void> {
    const { embed, observer } = this.#parts;
    try {
      this.addToIndex(videoId, await embed(videoId, this.#stop.signal));
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      this.#pending.delete(videoId);
      // what is not the clip's fault is tried again at the next start
      if (!this.#markFailed(videoId, thrown)) observer?.onWarning?.('a clip could not be indexed', thrown);
    }
  }

  /** Whether the clip itself is the problem, and marked. */
  #markFailed(videoId: string, thrown: unknown): boolean {
    const { code } = toAppError(thrown);
    if (!isClipFault(code)) return false;
    try {
      this.#parts.store.markFailed(videoId, code);
      return true;
    } catch (error) {
      this.#parts.observer?.onWarning?.('a clip could not be marked as unreadable', error);
      return true;
    }
  }
}
