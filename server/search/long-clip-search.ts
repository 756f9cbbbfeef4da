import type { Engine } from '#engine/engine.ts';
import type { KnownClip } from '#engine/segments/long-clips.ts';
import type { ClipStore } from '#store/clip-store.ts';
import type { SegmentRows } from '#store/segment-rows.ts';
import type { SegmentKey } from '#engine/segments/segment-store.ts';
import { operator } from '#store/viewer.ts';
import { Segmenter, type SegmenterParts } from './segmenter.ts';

export interface LongClipSearchParts {
  readonly engine: Pick<Engine, 'index' | 'longClips' | 'model'>;
  readonly segments: SegmentRows;
  readonly clips: Pick<ClipStore, 'get' | 'source' | 'observe'>;
  readonly segmentMaxSeconds: number;
  readonly observer?: SegmenterParts['observer'];
}

/** Long clips of the store, in segments: they are encoded in the background, from the upload on. */
export class LongClipSearch {
  readonly #parts: LongClipSearchParts;
  readonly #segmenter: Segmenter;

  private constructor(parts: LongClipSearchParts) {
    this.#parts = parts;
    const { engine, segments, clips, segmentMaxSeconds, observer } = parts;
    const { cutter } = engine.longClips;
    const common = { packageHash: engine.model.hash, cutter };
    this.#segmenter = new Segmenter({
      unfinished: () => segments.unfinished(common, segmentMaxSeconds),
      isLong: (videoId) => engine.longClips.isLong(clips.source(operator, videoId)),
      encode: async (videoId, signal) => {
        const source = clips.source(operator, videoId);
        await engine.index(source, { signal, background: true });
        segments.mark(this.#keyOf(source), 'encoded');
      },
      markFailed: (videoId, problem) => {
        segments.mark(this.#keyOf(clips.source(operator, videoId)), problem);
      },
      observer,
    });
    clips.observe(this.#segmenter);
  }

  /** Goes on with what earlier runs of the server left. */
  static open(parts: LongClipSearchParts): LongClipSearch {
    const search = new LongClipSearch(parts);
    search.#segmenter.start();
    return search;
  }

  /** Number of clips that have segments left to encode. */
  get pending(): number {
    return this.#segmenter.pending;
  }

  /** Stops all work, and waits for its end. */
  async close(): Promise<void> {
    await this.#segmenter.close();
  }

  #keyOf({ sha256 }: Pick<KnownClip, 'sha256'>): SegmentKey {
    const { longClips, model } = this.#parts.engine;
    return { sha256, packageHash: model.hash, cutter: longClips.cutter };
  }
}
