/** The values that travel along the path of a clip: Clip -> Frames -> PixelTensor -> VideoTokens -> Prompt -> tokens. */

/** What ffprobe says about a clip's first video stream, checked. */
export interface Clip {
  /** Absolute path of a local file. */
  readonly path: string;
  /** Seconds; 0 for a single picture. */
  readonly duration: number;
  /** Displayed size in pixels, rotation applied. */
  readonly width: number;
  readonly height: number;
  /** Container format name as ffprobe reports it, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly format: string;
  readonly codec: string;
}

/** Where a clip is, and what is known of it. */
export interface ClipSource {
  /** Absolute path of a local file. */
  readonly path: string;
  /** Of its bytes, hex. What is known by it is not watched twice. */
  readonly sha256?: string | undefined;
  /** By which progress and receipts name it. */
  readonly videoId?: string | undefined;
  /** Default: a clip. */
  readonly kind?: 'clip' | 'picture' | undefined;
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

/** A clip as the LLM reads it: [count, width], count = L+1. */
export interface VideoTokens {
  readonly data: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** `stan`: the branch plugged in. `plain`: the unmodified image chatbot on mean-pooled frames, for comparison. */
export type EncoderMode = 'stan' | 'plain';
