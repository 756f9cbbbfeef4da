import type { SamplingSettings, StreamEvent } from '../contract.ts';
import type { EncoderMode } from '../engine/types.ts';

type WithoutId<E> = E extends StreamEvent ? Omit<E, 'conversationId'> : never;

/** What a conversation emits while it answers; its place in the socket's stream adds the conversation's id. */
export type AnswerEvent = WithoutId<Extract<StreamEvent, { type: 'token' | 'done' }>>;
export type OpeningProgress = WithoutId<Extract<StreamEvent, { type: 'progress' }>>;

export interface ChatOptions {
  readonly mode: EncoderMode;
  /** Frames to look at; the package's own number by default. */
  readonly frames?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: OpeningProgress) => void;
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
  dispose(): Promise<void>;
}

export interface ChatEngine {
  open(clip: { readonly path: string; readonly id: string }, options: ChatOptions): Promise<Chat>;
}
