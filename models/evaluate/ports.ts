import type { ClipFile } from './datasets/clip-files.ts';
import type { Similarities } from './retrieval-metrics.ts';
import type { ScoringMethod } from './scoring-methods.ts';

/** What runners measure. Whoever runs them brings a package's encoders, an engine or a whole server in these forms. */

export type FrameOrder = 'forward' | 'reverse' | 'shuffle';

/** A package, by the name and the hash of its files. */
export interface MeasuredPackage {
  readonly name: string;
  readonly hash: string;
}

/** Answers questions about clips, shown in any of the model's modes. */
export interface VideoAnswerer<Mode extends string> {
  readonly package: MeasuredPackage;
  /** The model's view of a clip: frames it takes. */
  readonly frames: number;
  /** Greedily, so that answers differ by what was seen alone. Throws `UnusableClip`. */
  answer(clip: ClipFile, question: string, view: { mode: Mode; order: FrameOrder }): Promise<string>;
}

/** Compares texts and clips in a joint space. Runners see neither `Clip` nor `Texts` from inside. */
export interface RetrievalModel<Clip, Texts> {
  readonly package: MeasuredPackage;
  /** Frames taken of each clip. */
  readonly frames: number;
  /** Clips that are embedded at the same time. */
  readonly concurrency: number;
  /** In both modes. Throws `UnusableClip`. */
  embed(clip: ClipFile): Promise<Clip>;
  embedTexts(texts: readonly string[]): Promise<Texts>;
  /** Of every text with every clip. */
  similarities(method: ScoringMethod, texts: Texts, clips: readonly Clip[]): Promise<Similarities>;
}
