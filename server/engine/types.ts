import type { LayoutPart } from '#models/nets/layouts/layout.ts';
import type { LayoutName } from '#models/nets/layouts/layouts.ts';

/** The values that travel along the path of a clip: Clip -> Frames -> PixelTensor -> VideoTokens -> Prompt -> tokens. */

/** What probing a clip finds out; it travels with the clip, so that nothing probes it again. */
export interface ClipFacts {
  /** Seconds for which it shows pictures; 0 for a single picture. */
  readonly duration: number;
  /** Displayed size in pixels, rotation applied. */
  readonly width: number;
  readonly height: number;
  /** Names of the container, as ffmpeg gives them, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly format: string;
}

/** A local file with a clip or a picture in it, and what is known of it. */
export interface ClipSource {
  /** Absolute path. */
  readonly path: string;
  /** Of its bytes, hex. What is made from a file with a hash is cached under it. */
  readonly sha256?: string | undefined;
  /** Names the clip in progress events and receipts. */
  readonly videoId?: string | undefined;
  /** Default: a clip. */
  readonly kind?: 'clip' | 'picture' | undefined;
  readonly facts?: ClipFacts | undefined;
  /** Only this part of it; all where left out. */
  readonly part?: Part | undefined;
}

/** A part of a clip, in seconds from its start. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

export interface Frame {
  /** Presentation time in seconds from the clip's start. */
  readonly time: number;
  readonly width: number;
  readonly height: number;
  /** RGB, 8 bits a channel, rows top to bottom: width * height * 3 bytes. */
  readonly rgb: Uint8Array;
}

/** Normalised pixels, shape [T, 3, H, W]. */
export interface PixelTensor {
  readonly data: Float32Array;
  readonly shape: readonly [frames: number, channels: 3, height: number, width: number];
}

/** A clip as the LLM reads it: [count, width]. */
export interface VideoTokens {
  readonly data: Float32Array;
  readonly count: number;
  readonly width: number;
  /** Texts between the rows; left out where the rows are one run without text. */
  readonly parts?: readonly LayoutPart[] | undefined;
}

/** A question with the clips it brings; the last turn of a conversation has no answer yet. */
export interface Turn<Clip> {
  readonly question: string;
  readonly clips: readonly Clip[];
  readonly answer?: string | undefined;
  /** How the answer to be generated begins, where an earlier one is continued. */
  readonly prefill?: string | undefined;
}

/** How a clip becomes tokens; the layouts of `models/nets/layouts`. `stan` has the branch. */
export type EncoderMode = LayoutName;
/** `auto` is resolved from the length of the clip and the room for its tokens. */
export type RequestedMode = EncoderMode | 'auto';
/** Whether the branch takes part: what comparisons of the encoders are about. */
export type BranchMode = Extract<EncoderMode, 'stan' | 'plain'>;
