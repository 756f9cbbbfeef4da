import { TaskGroup } from '#core/task-group.ts';
import { isClipFault, toAppError } from '#errors';

export interface SegmenterParts {
  /** Clips whose segments are not all encoded, the one to begin with last. */
  unfinished(): readonly string[];
  /** Whether a clip is long enough to have segments. */
  isLong(videoId: string): boolean;
  /** Cuts a clip and encodes its segments, behind all work that somebody waits for; resumes what it did before. */
  encode(videoId: string, signal: AbortSignal): Promise<void>;
  /** The clip itself is why this cannot be. */
  markFailed(videoId: string, problem: string): void;
  readonly observer?: { onWarning?(what: string, error: unknown): void } | undefined;
}

/** Encodes the segments of every long clip in the background: one clip at a time, the newest first. */
export class Segmenter {
  readonly #parts: SegmenterParts;
  readonly #pending = new Set<string>();
  readonly #tasks = new TaskGroup();
  #running: { readonly videoId: string; readonly stop: AbortController } | undefined;

  constructor(parts: SegmenterParts) {
    this.#parts = parts;
  }

  /** Number of clips that have segments left to encode. */
  get pending(): number {
    return this.#pending.size + (this.#running === undefined ? 0 : 1);
  }

  /** Goes on with what earlier runs of the server left. */
  start(): void {
    for (const videoId of this.#parts.unfinished()) this.#pending.add(videoId);
    this.#wake();
  }

  onClipAdded(videoId: string): void {
    if (!this.#parts.isLong(videoId)) return;
    this.#pending.add(videoId);
    this.#wake();
  }

  onClipRemoved(videoId: string): void {
    this.#pending.delete(videoId);
    if (this.#running?.videoId === videoId) this.#running.stop.abort();
  }

  /** Aborts the clip at work, and waits for its end. */
  close(): Promise<void> {
    return this.#tasks.stop();
  }

  #wake(): void {
    if (this.#running !== undefined || this.#tasks.stopped) return;
    const videoId = [...this.#pending].at(-1);
    if (videoId === undefined) return;
    this.#pending.delete(videoId);
    const stop = new AbortController();
    this.#running = { videoId, stop };
    void this.#tasks.run(stop.signal, (signal) => this.#encode(videoId, signal)).catch(() => undefined);
  }

  /** Never throws. */
  async #encode(videoId: string, signal: AbortSignal): Promise<void> {
    const { encode, markFailed, observer } = this.#parts;
    try {
      await encode(videoId, signal);
    } catch (thrown) {
      if (!signal.aborted) {
        try {
          const { code } = toAppError(thrown);
          if (isClipFault(code)) markFailed(videoId, code);
          else observer?.onWarning?.('segments of a clip could not be encoded', thrown);
        } catch (error) {
          observer?.onWarning?.('a clip could not be marked as unreadable', error);
        }
      }
    }
    this.#running = undefined;
    this.#wake();
  }
}
