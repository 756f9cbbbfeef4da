import type { Part } from '../types.ts';
import type { EmbeddedClip } from '../retrieval/retrieval.ts';
import type { Segment } from './segment-cutter.ts';
import type { SegmentKey, SegmentStore } from './segment-store.ts';

/** A stretch of a clip that is encoded once. */
export interface Scene extends Part {
  /** Of the segment that is encoded; undefined for a stretch that has not been cut yet. */
  readonly number: number | undefined;
  /** What is encoded: the first segment of those that look the same. */
  readonly encoded: Part;
}

/** The segments of one clip, in memory and in the store alike. */
export class SegmentedClip {
  readonly #key: SegmentKey;
  readonly #store: SegmentStore;
  readonly #segments: Segment[];
  readonly #embeddings: Map<number, EmbeddedClip>;
  #isWhole: boolean;

  constructor(key: SegmentKey, store: SegmentStore) {
    const known = store.read(key);
    this.#key = key;
    this.#store = store;
    this.#segments = [...known.segments];
    this.#embeddings = new Map(known.embeddings);
    this.#isWhole = known.isWhole;
  }

  /** Whether the clip has been cut to its end. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Seconds up to which the clip has been cut. */
  get cutTo(): number {
    return this.#segments.at(-1)?.end ?? 0;
  }

  append(segments: readonly Segment[], isWhole: boolean): void {
    this.#store.append(this.#key, segments, isWhole);
    this.#segments.push(...segments);
    this.#isWhole = isWhole;
  }

  embedding(number: number): EmbeddedClip | undefined {
    return this.#embeddings.get(number);
  }

  keepEmbedding(number: number, clip: EmbeddedClip): void {
    this.#embeddings.set(number, clip);
    this.#store.keepEmbedding(this.#key, number, clip);
  }

  /** Segments with those that repeat them, in order. */
  scenes(): Scene[] {
    const scenes: Scene[] = [];
    for (const [number, { start, end, repeats }] of this.#segments.entries()) {
      const last = scenes.at(-1);
      if (repeats && last !== undefined) scenes[scenes.length - 1] = { ...last, end };
      else scenes.push({ start, end, number, encoded: { start, end } });
    }
    return scenes;
  }
}

/** The scenes within a part of a clip of so many seconds; what is not cut yet comes as even stretches. */
export function scenesWithin(
  clip: Pick<SegmentedClip, 'isWhole' | 'cutTo' | 'scenes'>,
  part: Part,
  maxSeconds: number,
): Scene[] {
  const all = [...clip.scenes(), ...(clip.isWhole ? [] : evenStretches(clip.cutTo, part, maxSeconds))];
  return all.flatMap((scene) => {
    const [start, end] = [Math.max(scene.start, part.start), Math.min(scene.end, part.end)];
    if (end - start < minSeconds) return [];
    const isEncodedWhole = scene.encoded.start >= part.start && scene.encoded.end <= part.end;
    if (isEncodedWhole) return [{ ...scene, start, end }];
    const encoded = { start, end: Math.min(end, start + maxSeconds) };
    return [{ start, end, number: undefined, encoded }];
  });
}

/** Less than this of a segment at the edge of a part tells nothing. */
const minSeconds = 0.5;

function evenStretches(cutTo: number, part: Part, maxSeconds: number): Scene[] {
  const from = Math.max(cutTo, part.start);
  if (from >= part.end) return [];
  const count = Math.ceil((part.end - from) / maxSeconds);
  return Array.from({ length: count }, (_, i) => {
    const start = from + (i * (part.end - from)) / count;
    const stretch = { start, end: from + ((i + 1) * (part.end - from)) / count };
    return { ...stretch, number: undefined, encoded: stretch };
  });
}
