import type { EmbeddedClip } from '../retrieval/retrieval.ts';
import type { Segment } from './segment-cutter.ts';

/** What a clip's segments and their embeddings depend on. */
export interface SegmentKey {
  /** Of the clip's bytes, hex. */
  readonly sha256: string;
  readonly packageHash: string;
  /** How clips are cut, by name. */
  readonly cutter: string;
}

/** What is known of a clip's segments so far. */
export interface StoredSegments {
  /** From the clip's start on, without gaps. */
  readonly segments: readonly Segment[];
  /** Whether they reach the clip's end. */
  readonly isWhole: boolean;
  /** T frames of a segment in the joint space, by its number. */
  readonly embeddings: ReadonlyMap<number, EmbeddedClip>;
}

/** Keeps segments of clips beyond a restart. */
export interface SegmentStore {
  read(key: SegmentKey): StoredSegments;
  /** Adds segments behind those that are known. */
  append(key: SegmentKey, segments: readonly Segment[], isWhole: boolean): void;
  keepEmbedding(key: SegmentKey, number: number, clip: EmbeddedClip): void;
}

/** Where nothing is to be kept, or nothing can be. */
export const forgetfulStore: SegmentStore = {
  read: () => ({ segments: [], isWhole: false, embeddings: new Map() }),
  append: () => undefined,
  keepEmbedding: () => undefined,
};
