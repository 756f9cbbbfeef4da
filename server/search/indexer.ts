import { TaskGroup } from '#core/task-group.ts';
import type { ClipIndex } from '#engine/retrieval/clip-index.ts';
import { videoDirection } from '#engine/retrieval/embeddings.ts';
import type { EmbeddedClip } from '#engine/retrieval/retrieval.ts';
import { isClipFault, toAppError } from '#errors';
import type { EmbeddingStore } from '#store/embedding-store.ts';

export interface IndexerParts {
  readonly store: EmbeddingStore;
  readonly index: Pick<ClipIndex, 'has' | 'set' | 'delete'>;
  /** Embeds a stored clip, after all work that somebody waits for. */
  embed(videoId: string, signal: AbortSignal): Promise<EmbeddedClip>;
  readonly observer?: { onWarning?(what: string, error: unknown): void } | undefined;
}

/** Adds every stored clip to the search index in the background: one at a time, the newest first. */
export class Indexer {
  readonly #parts: IndexerParts;
  readonly #pending = new Set<string>();
  /** The pending clips, the next one last; some may have been deleted since. */
  readonly #stack: string[] = [];
  readonly #tasks = new TaskGroup();
  #isRunning = false;

  constructor(parts: IndexerParts) {
    this.#parts = parts;
  }

  /** Number of clips that are not in the index yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Loads the embeddings of earlier runs of the server, and starts on the clips that have none. */
  start(): void {
    const { store, index } = this.#parts;
    for (const { videoId, direction } of store.directions()) index.set(videoId, direction);
    for (const videoId of store.unknown()) this.#enqueue(videoId);
    this.#wake();
  }

  /** A clip was added. One that could not be read before is tried again. */
  onClipAdded(videoId: string): void {
    if (this.#parts.index.has(videoId)) return;
    this.#enqueue(videoId);
    this.#wake();
  }

  onClipRemoved(videoId: string): void {
    this.#pending.delete(videoId);
    this.#parts.index.delete(videoId);
  }

  /** Stores the embeddings of a clip and adds it to the index, unless the clip was deleted meanwhile. */
  addToIndex(videoId: string, clip: EmbeddedClip): void {
    const direction = videoDirection(clip.frames);
    if (this.#parts.store.keep(videoId, direction, clip)) this.#parts.index.set(videoId, direction);
    this.#pending.delete(videoId);
  }

  /** Aborts the clip that is being embedded, and waits for its end. */
  close(): Promise<void> {
    return this.#tasks.stop();
  }

  #enqueue(videoId: string): void {
    this.#pending.add(videoId);
    this.#stack.push(videoId);
  }

  #wake(): void {
    if (this.#isRunning || this.#tasks.stopped) return;
    this.#isRunning = true;
    void this.#tasks.run(undefined, (signal) => this.#indexPending(signal));
  }

  /** Never throws. */
  async #indexPending(signal: AbortSignal): Promise<void> {
    for (let next = this.#stack.pop(); next !== undefined; next = this.#stack.pop()) {
      if (this.#pending.has(next)) await this.#indexOne(next, signal);
      if (signal.aborted) return;
    }
    this.#isRunning = false;
  }

  /** Never throws. */
  async #indexOne(videoId: string, signal: AbortSignal): Promise<void> {
    const { embed, observer } = this.#parts;
    try {
      this.addToIndex(videoId, await embed(videoId, signal));
    } catch (thrown) {
      if (signal.aborted) return;
      this.#pending.delete(videoId);
      // any other failure is tried again at the next start
      if (!this.#markFailed(videoId, thrown)) observer?.onWarning?.('a clip could not be indexed', thrown);
    }
  }

  /** Whether the clip itself is the problem, and marked. */
  #markFailed(videoId: string, thrown: unknown): boolean {
    const { code } = toAppError(thrown);
    if (!isClipFault(code)) return false;
    try {
      this.#parts.store.markFailed(videoId, code);
    } catch (error) {
      this.#parts.observer?.onWarning?.('a clip could not be marked as unreadable', error);
    }
    return true;
  }
}
