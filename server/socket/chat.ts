import type { SamplingSettings } from '../contract.ts';
import type { AnswerEvent, Progress } from '../engine/answer.ts';
import type { EncoderMode } from '../engine/types.ts';

export interface ChatOptions {
  readonly mode: EncoderMode;
  /** Frames to look at; the package's own number by default. */
  readonly frames?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** A conversation on one clip, with its history. */
export interface Chat {
  readonly videoTokens: { readonly count: number; readonly width: number };
  /** Seconds of the frames the model saw. */
  readonly frames: readonly number[];
  /** The last event is `done`, also when `signal` stopped the answer; a failure throws. */
  ask(
    question: string,
    options: SamplingSettings & { readonly signal: AbortSignal },
  ): AsyncIterable<AnswerEvent>;
}

export interface ChatEngine {
  open(clip: { readonly path: string; readonly id: string }, options: ChatOptions): Promise<Chat>;
}
