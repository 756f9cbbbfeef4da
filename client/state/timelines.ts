import { signal } from '@preact/signals';
import type { ChaptersReply, MomentsReply, SegmentsReply } from '#contract/moments.ts';
import { maxTextLength } from '#contract/search.ts';
import { type Failure, failureFrom } from './failure.ts';
import { rest } from './rest.ts';

export type Segment = SegmentsReply['segments'][number];
export type Chapter = ChaptersReply['chapters'][number];
export type Moment = MomentsReply['results'][number];

/** What is known so far of how a long clip is made up. */
export interface Timeline {
  readonly segments: readonly Segment[];
  readonly chapters: readonly Chapter[];
  /** Whether nothing of it is being made any more. */
  readonly isFinished: boolean;
  readonly failure?: Failure;
}

/** Milliseconds between two looks at what the server still makes: the first, the longest, and how they grow. */
const firstPause = 1000;
const maxPause = 10_000;
const growth = 1.5;
/** Moments that make up the heat: nearly all of a clip of an hour. */
const heatMoments = 50;

/** Segments and chapters of long clips, and how well a question matches their moments. No method rejects. */
export class Timelines {
  /** Seconds at which the player is. */
  readonly position = signal(0);
  readonly #timelines = signal<ReadonlyMap<string, Timeline>>(new Map());
  readonly #heat = signal<ReadonlyMap<string, readonly Moment[]>>(new Map());

  /** Undefined for a short clip, and before anything is known. */
  of(videoId: string): Timeline | undefined {
    return this.#timelines.value.get(videoId);
  }

  /** Looks at a clip again and again until all of it is encoded and has chapters; the signal ends that. */
  async watch(videoId: string, left: AbortSignal): Promise<void> {
    for (let pause = firstPause; !left.aborted; pause = Math.min(growth * pause, maxPause)) {
      if (await this.#look(videoId, left)) return;
      await waited(pause, left);
    }
  }

  /** The moments of a clip by how well a text matches them; undefined before they are known. */
  heatOf(videoId: string, text: string): readonly Moment[] | undefined {
    return this.#heat.value.get(heatKey(videoId, text));
  }

  async findHeat(videoId: string, text: string, left: AbortSignal): Promise<void> {
    const request = { query: text.slice(0, maxTextLength), k: heatMoments };
    try {
      const { results } = await rest.moments(videoId, request, left);
      if (left.aborted) return;
      this.#heat.value = new Map([...this.#heat.peek(), [heatKey(videoId, text), results]]);
    } catch (thrown) {
      const failure = failureFrom(thrown);
      if (!left.aborted && failure.code !== 'unreachable') this.#fail(videoId, failure);
    }
  }

  /** Whether there is no need to look again. */
  async #look(videoId: string, left: AbortSignal): Promise<boolean> {
    try {
      const { segments, complete } = await rest.segments(videoId, left);
      if (complete && segments.length < 2) return true;
      const { chapters, pending } = await rest.chapters(videoId, left);
      // chapters come last; a package that cannot compare clips with texts never says that a segment is encoded
      const isFinished = complete && !pending;
      const known = segments.map((segment) => ({ ...segment, encoded: segment.encoded || isFinished }));
      if (!left.aborted) this.#set(videoId, { segments: known, chapters, isFinished });
      return isFinished;
    } catch (thrown) {
      const failure = failureFrom(thrown);
      // when the connection is back, it is tried again
      if (left.aborted || failure.code === 'unreachable') return left.aborted;
      this.#fail(videoId, failure);
      return true;
    }
  }

  #fail(videoId: string, failure: Failure): void {
    const known = this.#timelines.peek().get(videoId);
    this.#set(videoId, { segments: [], chapters: [], isFinished: false, ...known, failure });
  }

  #set(videoId: string, timeline: Timeline): void {
    this.#timelines.value = new Map([...this.#timelines.peek(), [videoId, timeline]]);
  }
}

function heatKey(videoId: string, text: string): string {
  return `${videoId} ${text}`;
}

function waited(milliseconds: number, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      left.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    left.addEventListener('abort', end);
  });
}
