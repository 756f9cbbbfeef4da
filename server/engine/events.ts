import type { EncoderMode, Part } from './types.ts';
import type { FrameOrder } from './media/frame-order.ts';

/** Events and receipts of the engine. The code that sends them over a wire checks that its schemas accept them. */

/** Stages of the path of a clip up to its video tokens. */
export type ClipStage = 'probe' | 'sample' | 'preprocess' | 'encode';

/** Milliseconds spent in each stage; 0 where its result was cached. */
export type ClipTimings = Readonly<Record<ClipStage, number>>;

/** Milliseconds; `firstToken` and `total` count from the start of all the work. */
export interface StageTimings extends ClipTimings {
  readonly prompt: number;
  readonly firstToken: number;
  readonly total: number;
}

export interface ProgressEvent {
  readonly type: 'progress';
  readonly stage: 'queue' | ClipStage | 'prefill';
  /** For `queue`: `done` is 0 and `total` the position in the queue; 1 is the next. */
  readonly done: number;
  readonly total: number;
  readonly videoId?: string | undefined;
}

/** How a clip was encoded: all that decides its video tokens. */
export interface ClipReceipt {
  readonly videoId?: string | undefined;
  /** Of the clip's bytes, hex, where it is known. */
  readonly sha256?: string | undefined;
  readonly mode: EncoderMode;
  /** Names how the frames were chosen. */
  readonly sampler: string;
  /** Seconds between which the frames were chosen; left out for the whole clip. */
  readonly part?: Part | undefined;
  /** Mug's similarity of the question and a segment, where it was known. */
  readonly score?: number | undefined;
  /** Left out for `forward`. */
  readonly order?: FrameOrder | undefined;
  /** Seconds of the frames, in the order in which the model saw them. */
  readonly frames: number[];
  readonly videoTokens: { readonly count: number; readonly width: number };
}

/** What an answer was made from: the same again gives the same answer. */
export interface AnswerReceipt {
  readonly package: { readonly name: string; readonly hash: string };
  readonly seed: number;
  /** Of a long clip, one for each segment that was shown. */
  readonly clips: ClipReceipt[];
  /** How far long clips were known; left out where there was none. */
  readonly longClips?: LongClipReceipt[] | undefined;
  readonly confidence?: AnswerConfidence | undefined;
}

/** How much of a long clip an answer could choose from. */
export interface LongClipReceipt {
  readonly videoId?: string | undefined;
  /** Seconds of the clip that the question was about. */
  readonly seconds: number;
  /** Seconds of those in segments that were known well enough to be chosen by the question. */
  readonly seen: number;
  /** Segments there are so far, and how many of them repeat the one before. */
  readonly segments: number;
  readonly repeats: number;
}

export interface TokenEvent {
  readonly type: 'token';
  readonly text: string;
}

/** How sure an answer is. */
export interface AnswerConfidence {
  /** What it is made of: the probability of the answer's least likely token. */
  readonly signal: 'least-token-probability';
  readonly probability: number;
  /** How often answers with this signal are right, 0 to 1; left out where the package was not calibrated. */
  readonly value?: number | undefined;
}

/** The end of an answer, as the language model reports it. */
export interface LanguageDoneEvent {
  readonly type: 'done';
  readonly text: string;
  readonly reason: 'end' | 'length' | 'stopped';
  /** Prompt tokens that the KV cache held, and those that were evaluated. */
  readonly reusedTokens: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** Left out for an answer without a token. */
  readonly confidence?: AnswerConfidence | undefined;
}

export interface DoneEvent extends LanguageDoneEvent {
  readonly timings?: StageTimings | undefined;
  readonly receipt?: AnswerReceipt | undefined;
}

export type LanguageEvent = ProgressEvent | TokenEvent | LanguageDoneEvent;
export type AnswerEvent = ProgressEvent | TokenEvent | DoneEvent;

/** Settings of one answer; each has a default. */
export interface GenerateOptions {
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** Tokens are drawn from the likeliest ones that together have this probability. */
  readonly topP?: number | undefined;
  /** The system prompt, in place of the template's own. */
  readonly system?: string | undefined;
  /** Texts that end the answer and are not part of it. */
  readonly stop?: readonly string[] | undefined;
  /** JSON schema that the answer obeys. */
  readonly jsonSchema?: unknown;
  readonly signal: AbortSignal;
}
