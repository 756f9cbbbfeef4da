import type { LayoutName } from './layouts.ts';

export interface LayoutFacts {
  /** Seconds of the clip. */
  readonly duration: number;
  /** Frames that are sampled. */
  readonly frames: number;
  /** P, tokens of one frame. */
  readonly tokensPerFrame: number;
  /** Tokens that a clip may take: a share of the context, and of the rows that all clips have. */
  readonly maxTokens: number;
}

/** Clips longer than this have scenes, whose order one averaged picture cannot hold. */
const minTimelineSeconds = 20;

/**
 * The layout for `auto`: `stan`, which was trained and costs least; for a long clip `timeline`, which has all of `stan` and
 * the time of each frame behind it, where its tokens fit. Never one without the branch.
 */
export function chooseLayout({ duration, frames, tokensPerFrame, maxTokens }: LayoutFacts): LayoutName {
  // a mark such as " 12.5s:" is about as many tokens as it has characters where the vocabulary is small
  const timelineTokens = tokensPerFrame + frames * 8;
  return duration > minTimelineSeconds && timelineTokens <= maxTokens ? 'timeline' : 'stan';
}
