import { at } from '#core/at.ts';
import { TaskGroup } from '#core/task-group.ts';
import type {
  ChaptersReply,
  CopiesReply,
  CopiesRequest,
  MomentsReply,
  MomentsRequest,
  SegmentsReply,
} from '#contract/moments.ts';
import { doneEventOf } from '#engine/done-event.ts';
import type { Engine } from '#engine/engine.ts';
import { videoDirection } from '#engine/retrieval/embeddings.ts';
import { chapterCount, groupScenes } from '#engine/segments/chapters.ts';
import { findCopies } from '#engine/segments/copies.ts';
import type { KnownClip } from '#engine/segments/long-clips.ts';
import { findMoments, type Moment } from '#engine/segments/moments.ts';
import type { SegmentKey } from '#engine/segments/segment-store.ts';
import type { ClipStore } from '#store/clip-store.ts';
import type { SegmentRows, StoredChapter } from '#store/segment-rows.ts';
import { operator, type Viewer } from '#store/viewer.ts';
import { Segmenter, type SegmenterParts } from './segmenter.ts';

export interface LongClipSearchParts {
  readonly engine: Pick<Engine, 'index' | 'longClips' | 'model' | 'answer' | 'captionQuestion'>;
  readonly segments: SegmentRows;
  readonly clips: Pick<ClipStore, 'get' | 'source' | 'observe' | 'list'>;
  readonly segmentMaxSeconds: number;
  readonly observer?: SegmenterParts['observer'];
}

export interface LongClipOptions {
  readonly viewer: Viewer;
  readonly signal: AbortSignal;
}

/** Segments that are embedded for a search where none is yet. */
const aheadOfSearch = 8;
/** Clips that are looked through for copies, the newest, unless a request names others. */
const maxCompared = 100;
const titleStyle = 'short';
/** Longest title of a chapter, in tokens. */
const titleTokens = 40;

/** Long clips of the store: their segments are encoded in the background, and parts of them found by words or likeness. */
export class LongClipSearch {
  readonly #parts: LongClipSearchParts;
  readonly #segmenter: Segmenter;
  readonly #tasks = new TaskGroup();

  private constructor(parts: LongClipSearchParts) {
    this.#parts = parts;
    const { engine, segments, clips, segmentMaxSeconds, observer } = parts;
    const { cutter } = engine.longClips;
    const common = { packageHash: engine.model.hash, cutter };
    this.#segmenter = new Segmenter({
      unfinished: () => segments.unfinished(common, segmentMaxSeconds),
      isLong: (videoId) => engine.longClips.isLong(clips.source(operator, videoId)),
      encode: (videoId, signal) => this.#encode(videoId, signal),
      markFailed: (videoId, problem) => {
        segments.mark(this.#keyOf(clips.source(operator, videoId)), problem);
      },
      observer,
    });
    clips.observe({
      onClipAdded: (videoId) => this.#segmenter.onClipAdded(videoId),
      onClipRemoved: (videoId, sha256) => {
        engine.longClips.forget(sha256);
        this.#segmenter.onClipRemoved(videoId);
      },
    });
  }

  /** Goes on with what earlier runs of the server left. */
  static open(parts: LongClipSearchParts): LongClipSearch {
    const search = new LongClipSearch(parts);
    search.#segmenter.start();
    return search;
  }

  /** The style of captions that chapters have for titles: a title is short where the model can be. */
  get chapterStyle(): string {
    const { captionStyles } = this.#parts.engine.model;
    return captionStyles.includes(titleStyle) ? titleStyle : at(captionStyles, 0);
  }

  /** Number of clips that have segments left to encode. */
  get pending(): number {
    return this.#segmenter.pending;
  }

  /** How a clip is cut, so far. Throws `not_found`. */
  segments(videoId: string, viewer: Viewer): SegmentsReply {
    const source = this.#parts.clips.source(viewer, videoId);
    const { longClips } = this.#parts.engine;
    const { duration } = source.facts;
    if (!longClips.isLong(source)) {
      const segment = { start: 0, end: duration, repeats: false, encoded: true };
      return { videoId, segments: [segment], complete: true };
    }
    const clip = longClips.known(source);
    let encoded = false;
    const segments = clip.segments.map(({ start, end, repeats }, number) => {
      if (!repeats) encoded = clip.embedding(number) !== undefined;
      return { start, end, repeats, encoded };
    });
    return { videoId, segments, complete: clip.isWhole };
  }

  /** Where a clip shows what a text says, as far as it is known. Throws `not_found`, `unsupported`, and what embedding throws. */
  moments(
    videoId: string,
    { query, k }: MomentsRequest,
    { viewer, signal }: LongClipOptions,
  ): Promise<MomentsReply> {
    return this.#tasks.run(signal, async (both) => {
      const source = this.#parts.clips.source(viewer, videoId);
      const scored = await this.scored(source, query, both);
      const seen = scored.reduce((sum, { start, end }) => sum + end - start, 0);
      return { videoId, results: findMoments(scored, k), seen, duration: source.facts.duration };
    });
  }

  /** The scenes of a clip that can be compared with a text, with their scores. */
  async scored(
    source: KnownClip,
    query: string,
    signal: AbortSignal,
    ahead = aheadOfSearch,
  ): Promise<Moment[]> {
    const scored = await this.#parts.engine.longClips.score(source, query, { ahead, signal });
    return scored.flatMap(({ scene: { start, end }, score }) =>
      score === undefined ? [] : [{ start, end, score }],
    );
  }

  /** The best moment of a long clip among its encoded segments; undefined for a short clip, or one not encoded yet. */
  async bestMoment(source: KnownClip, query: string, signal: AbortSignal): Promise<Moment | undefined> {
    if (!this.#parts.engine.longClips.isLong(source)) return undefined;
    return findMoments(await this.scored(source, query, signal, 0), 1)[0];
  }

  /** The chapters of a clip, which are made in the background. Throws `not_found`. */
  chapters(videoId: string, viewer: Viewer): ChaptersReply {
    const source = this.#parts.clips.source(viewer, videoId);
    if (!this.#parts.engine.longClips.isLong(source)) {
      return { videoId, chapters: [], pending: false };
    }
    const chapters = this.#parts.segments.chapters(this.#keyOf(source));
    return { videoId, chapters: chapters ?? [], pending: chapters === undefined };
  }

  /** Other clips that have a part of this one in them. Throws `not_found`, `unsupported`, and what embedding throws. */
  copies(
    videoId: string,
    { videoIds }: CopiesRequest,
    { viewer, signal }: LongClipOptions,
  ): Promise<CopiesReply> {
    return this.#tasks.run(signal, async (both) => {
      const { clips, engine } = this.#parts;
      const own = await engine.longClips.frames(clips.source(viewer, videoId), { signal: both });
      const others = videoIds ?? clips.list(viewer, { limit: maxCompared }).map(({ id }) => id);
      const results: CopiesReply['results'] = [];
      for (const id of others.filter((other) => other !== videoId)) {
        const frames = await engine.longClips.frames(clips.source(viewer, id), { signal: both });
        const name = clips.get(viewer, id)?.name ?? '';
        results.push(...findCopies(own, frames).map((copy) => ({ videoId: id, name, ...copy })));
        both.throwIfAborted();
      }
      results.sort((a, b) => b.end - b.start - (a.end - a.start));
      return { videoId, results };
    });
  }

  /** Stops all work, and waits for its end. */
  async close(): Promise<void> {
    await this.#segmenter.close();
    await this.#tasks.stop();
  }

  async #encode(videoId: string, signal: AbortSignal): Promise<void> {
    const { engine, segments, clips } = this.#parts;
    const source = clips.source(operator, videoId);
    const key = this.#keyOf(source);
    await engine.index(source, { signal, background: true });
    if (segments.chapters(key) === undefined) {
      segments.keepChapters(key, await this.#makeChapters(source, signal));
    }
    segments.mark(key, 'encoded');
  }

  async #makeChapters(source: KnownClip, signal: AbortSignal): Promise<StoredChapter[]> {
    const { engine } = this.#parts;
    const { longClips } = engine;
    const scenes = longClips.scenes(source).map((scene) => {
      const embedding = longClips.embedding(source, scene);
      const { start, end } = scene;
      return { start, end, direction: embedding ? videoDirection(embedding.frames) : Float32Array.of(1) };
    });
    const question = engine.captionQuestion(this.chapterStyle);
    const chapters: StoredChapter[] = [];
    for (const { start, end, longest } of groupScenes(scenes, chapterCount(source.facts.duration))) {
      const part = {
        start: longest.start,
        end: Math.min(longest.end, longest.start + this.#parts.segmentMaxSeconds),
      };
      const turns = [{ question, clips: [{ ...source, part }] }];
      const events = engine.answer(turns, { temperature: 0, maxTokens: titleTokens, whole: true, signal });
      const { text } = await doneEventOf(events, signal);
      chapters.push({ start, end, title: text.trim() });
    }
    return chapters;
  }

  #keyOf({ sha256 }: Pick<KnownClip, 'sha256'>): SegmentKey {
    const { longClips, model } = this.#parts.engine;
    return { sha256, packageHash: model.hash, cutter: longClips.cutter };
  }
}
