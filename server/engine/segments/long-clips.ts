import { LRUCache } from 'lru-cache';
import { AppError } from '#errors';
import { at } from '#core/at.ts';
import type { QueueOptions } from '#core/work-queue.ts';
import { SingleFlight } from '#core/single-flight.ts';
import type { FrameStore } from '../media/frame-store.ts';
import { miniatureRate, streamMiniatures } from '../media/miniatures.ts';
import type { EmbeddedClip, Retrieval } from '../retrieval/retrieval.ts';
import type { ClipFacts, ClipSource, Part } from '../types.ts';
import type { FrameSequence } from './copies.ts';
import { evenly } from './pick-scenes.ts';
import { type CutterOptions, SegmentCutter } from './segment-cutter.ts';
import type { SegmentStore } from './segment-store.ts';
import { type Scene, SegmentedClip, scenesWithin } from './segmented-clip.ts';

export interface LongClipsParts {
  readonly frames: Pick<FrameStore, 'queue'>;
  readonly retrieval: Retrieval | undefined;
  readonly packageHash: string;
  readonly cutting: CutterOptions;
  readonly store: SegmentStore;
}

/** A clip with a hash, of known length. */
export interface KnownClip extends ClipSource {
  readonly sha256: string;
  readonly facts: ClipFacts;
}

/** A scene, and how well it matches a text, where that is known. */
export interface ScoredScene {
  readonly scene: Scene;
  /** Mug's similarity. */
  readonly score: number | undefined;
  readonly embedding: EmbeddedClip | undefined;
}

export type Waiting = Pick<QueueOptions, 'signal' | 'background'>;

/** Clips whose segments are in memory: two hours with 12 frames of 512 numbers a segment are 36 MB. */
const maxClips = 16;

/** Cuts long clips into segments, embeds each once, and finds those that a text is about. */
export class LongClips {
  readonly #parts: LongClipsParts;
  readonly #clips = new LRUCache<string, SegmentedClip>({ max: maxClips });
  readonly #cutting = new SingleFlight<never, SegmentedClip>();

  constructor(parts: LongClipsParts) {
    this.#parts = parts;
  }

  /** Frames that are embedded of a scene; undefined where the package cannot. */
  get frameCount(): number | undefined {
    return this.#parts.retrieval?.frameCount;
  }

  /** Names the way clips are cut: other settings give other segments. */
  get cutter(): string {
    const { minSeconds, maxSeconds } = this.#parts.cutting;
    return `differences ${miniatureRate} ${minSeconds}-${maxSeconds}`;
  }

  /** Whether a clip, or its part, has more than one segment. */
  isLong(source: ClipSource): source is KnownClip {
    const { kind, sha256, facts } = source;
    if (kind === 'picture' || sha256 === undefined || facts === undefined) return false;
    const { start, end } = partOf({ ...source, sha256, facts });
    return end - start > this.#parts.cutting.maxSeconds;
  }

  /** What is known of a clip's segments. */
  known({ sha256 }: KnownClip): SegmentedClip {
    const found = this.#clips.get(sha256);
    if (found !== undefined) return found;
    const { packageHash, store } = this.#parts;
    const clip = new SegmentedClip({ sha256, packageHash, cutter: this.cutter }, store);
    this.#clips.set(sha256, clip);
    return clip;
  }

  /** Drops what memory has of a clip that was removed: the same bytes may come again, and what was stored is gone. */
  forget(sha256: string): void {
    this.#clips.delete(sha256);
  }

  /** Cuts a clip to its end, from where an earlier pass stopped. Throws as `streamMiniatures`, and `busy`. */
  async cut(source: KnownClip, turn: Waiting): Promise<SegmentedClip> {
    const clip = this.known(source);
    if (clip.isWhole) return clip;
    const flight = { signal: turn.signal, onProgress: () => undefined };
    return this.#cutting.run(source.sha256, flight, ({ signal }) =>
      this.#parts.frames.queue.run(() => this.#cut(source, clip, signal), { ...turn, signal }),
    );
  }

  /** Scenes of a clip, or of its part, in order. */
  scenes(source: KnownClip): Scene[] {
    return scenesWithin(this.known(source), partOf(source), this.#parts.cutting.maxSeconds);
  }

  /** Embeds a scene, unless that is known; undefined where the package cannot. Throws as `Retrieval.embedClip`. */
  async embed(source: KnownClip, scene: Scene, turn: Waiting): Promise<EmbeddedClip | undefined> {
    const known = this.embedding(source, scene);
    const { retrieval } = this.#parts;
    if (known !== undefined || retrieval === undefined) return known;
    // not looked up afterwards: the clip may have been forgotten by then
    const clip = this.known(source);
    const embedded = await retrieval.embedClip({ ...source, part: scene.encoded }, turn);
    if (scene.number !== undefined) clip.keepEmbedding(scene.number, embedded);
    return embedded;
  }

  embedding(source: KnownClip, { number }: Scene): EmbeddedClip | undefined {
    return number === undefined ? undefined : this.known(source).embedding(number);
  }

  /**
   * Scenes with Mug's scores for a text. Those that are not embedded yet have none, but `ahead` of them, evenly spread, which
   * are embedded first. Throws as `embed`, and what encoding a text throws.
   */
  async score(
    source: KnownClip,
    text: string,
    { ahead, onScene, ...turn }: Waiting & { readonly ahead: number; readonly onScene?: OnScene },
  ): Promise<ScoredScene[]> {
    const scenes = this.scenes(source);
    const { retrieval } = this.#parts;
    const found = scenes.map((scene) => this.embedding(source, scene));
    const isKnown = found.every((embedding) => embedding !== undefined);
    const wanted = isKnown ? [] : evenly(scenes.length, ahead);
    for (const [done, number] of wanted.entries()) {
      onScene?.(done, wanted.length);
      found[number] ??= await this.embed(source, at(scenes, number), turn);
    }
    const scored = new Array<number | undefined>(scenes.length).fill(undefined);
    const known = [...found.entries()].flatMap(([i, embedding]) => (embedding ? [{ i, embedding }] : []));
    if (retrieval !== undefined && known.length > 0) {
      const texts = await retrieval.embedTexts([text], turn.signal);
      const rows = known.map(({ embedding }) => embedding.frames);
      const similarities = await retrieval.similarities(texts, rows, turn.signal);
      for (const [rank, { i }] of known.entries()) scored[i] = at(similarities, rank);
    }
    return scenes.map((scene, i) => ({ scene, score: scored[i], embedding: found[i] }));
  }

  /**
   * All frames of a clip that are embedded, in order; those of a short clip are embedded first. Throws `unsupported` where
   * none is, and as `embed`.
   */
  async frames(source: KnownClip, turn: Waiting): Promise<FrameSequence> {
    const isLong = this.isLong(source);
    const known: EmbeddedClip[] = [];
    for (const scene of this.scenes(source)) {
      const clip = isLong ? this.embedding(source, scene) : await this.embed(source, scene, turn);
      if (clip !== undefined) known.push(clip);
    }
    const width = known[0]?.frames.width;
    if (width === undefined) {
      const message = 'Nothing of this clip is encoded yet, or this model cannot compare clips.';
      throw new AppError('unsupported', message);
    }
    const times = known.flatMap((clip) => clip.times);
    const data = new Float32Array(times.length * width);
    let filled = 0;
    for (const { frames } of known) {
      data.set(frames.data, filled);
      filled += frames.data.length;
    }
    return { frames: { data, count: times.length, width }, times };
  }

  async #cut(source: KnownClip, clip: SegmentedClip, signal: AbortSignal): Promise<SegmentedClip> {
    const { duration: end } = source.facts;
    const start = clip.cutTo;
    const cutter = new SegmentCutter(this.#parts.cutting, { start, end });
    await streamMiniatures(source.path, {
      start,
      end,
      signal,
      onPicture: (picture, time) => {
        const segment = cutter.push(picture, time);
        if (segment !== undefined) clip.append([segment], false);
      },
    });
    const last = cutter.finish();
    clip.append(last === undefined ? [] : [last], true);
    return clip;
  }
}

export type OnScene = (done: number, total: number) => void;

/** The part of a clip that is asked about: all of it where none is. */
export function partOf({ part, facts }: KnownClip): Part {
  return part ?? { start: 0, end: facts.duration };
}
