import type { VisionManifest } from '#models/package/manifest.ts';
import { normalizePixels, resizeFrame } from '#models/package/preprocess.ts';
import type { z } from 'zod';
import type { ClipReceipt, progressEvent, StageTimings } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { WorkQueue } from '#core/work-queue.ts';
import { type FrameOrder, inOrder } from './media/frame-order.ts';
import { probe } from './media/probe.ts';
import { readPicture } from './media/read-picture.ts';
import { sampleFrames, samplerName } from './media/sample.ts';
import type { Clip, ClipSource, EncoderMode, Frame, PixelTensor, VideoTokens } from './types.ts';

export type Progress = z.infer<typeof progressEvent>;

/** Pixels to video tokens: CLIP, the branch and the projector in one graph. */
export interface Encoder {
  encode(
    pixels: PixelTensor,
    options: { mode: EncoderMode; signal: AbortSignal; onQueuePosition?: (index: number) => void },
  ): Promise<VideoTokens>;
}

export interface EncodeVideoParts {
  readonly encoder: Encoder;
  readonly vision: VisionManifest;
  /** Clips whose frames are being read. */
  readonly decoding: WorkQueue;
}

export interface EncodeVideoOptions {
  readonly mode: EncoderMode;
  /** How many frames to look at. */
  readonly frames: number;
  readonly order: FrameOrder;
  /** Longest clip taken, in seconds. */
  readonly maxSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface LoadFramesOptions extends Omit<EncodeVideoOptions, 'mode'> {
  /** Lets everyone else go first. */
  readonly background?: boolean | undefined;
}

export type ClipStage = 'probe' | 'sample' | 'preprocess' | 'encode';
export type ClipTimings = Pick<StageTimings, ClipStage>;

/** A clip as the language model reads it. */
export interface EncodedVideo {
  readonly tokens: VideoTokens;
  readonly receipt: ClipReceipt;
  /** Milliseconds. */
  readonly timings: ClipTimings;
}

export const zeroTimings: ClipTimings = { probe: 0, sample: 0, preprocess: 0, encode: 0 };

/** Times the stages of one clip, and tells of each when it begins. Throws the signal's reason between them. */
export class StageTimer {
  readonly timings: Record<ClipStage, number> = { ...zeroTimings };
  readonly #options: Pick<EncodeVideoOptions, 'signal' | 'onProgress'>;

  constructor(options: Pick<EncodeVideoOptions, 'signal' | 'onProgress'>) {
    this.#options = options;
  }

  async run<T>(stage: ClipStage, work: () => Promise<T>): Promise<T> {
    this.#options.signal.throwIfAborted();
    this.#options.onProgress({ type: 'progress', stage, done: 0, total: 1 });
    const start = performance.now();
    const result = await work();
    this.timings[stage] = performance.now() - start;
    return result;
  }
}

/**
 * The first half of the path: a file in, its video tokens out. A picture is a clip of one frame, read the way the image
 * chatbot does. Throws what each stage throws, `busy` where too many wait, and `cancelled`.
 */
export async function encodeVideo(
  source: ClipSource,
  { encoder, ...parts }: EncodeVideoParts,
  options: EncodeVideoOptions,
): Promise<EncodedVideo> {
  const { signal, order } = options;
  const clock = new StageTimer(options);
  const { pixels, frames } = await loadFrames(source, parts, options, clock);
  const mode = source.kind === 'picture' ? 'plain' : options.mode;
  const onQueuePosition = queueReporter(options);
  const tokens = await clock.run('encode', () => encoder.encode(pixels, { mode, signal, onQueuePosition }));
  const receipt: ClipReceipt = {
    ...(source.sha256 !== undefined && { sha256: source.sha256 }),
    mode,
    sampler: source.kind === 'picture' ? 'picture' : samplerName,
    ...(order !== 'forward' && { order }),
    frames: frames.map(({ time }) => time),
    videoTokens: { count: tokens.count, width: tokens.width },
  };
  return { tokens, receipt, timings: clock.timings };
}

/** A file in, its sampled frames and their pixels for an encoder out. Throws what the stages before encoding throw. */
export async function loadFrames(
  source: ClipSource,
  { vision, decoding }: Omit<EncodeVideoParts, 'encoder'>,
  options: LoadFramesOptions,
  clock: StageTimer,
): Promise<{ readonly frames: readonly Frame[]; readonly pixels: PixelTensor }> {
  const { signal, onProgress, background } = options;
  const onFrame = (done: number, total: number): void =>
    onProgress({ type: 'progress', stage: 'sample', done, total });
  const sampled = await decoding.run(
    async () => {
      if (source.kind === 'picture') return [await clock.run('sample', () => readPicture(source.path))];
      const clip = await clock.run('probe', () => probeWithin(source.path, options));
      const { imageSize } = vision;
      return clock.run('sample', () =>
        sampleFrames(clip, { frames: options.frames, imageSize, signal, onProgress: onFrame }),
      );
    },
    { signal, background, onQueuePosition: queueReporter(options) },
  );
  const frames = inOrder(sampled, options.order);
  return { frames, pixels: await clock.run('preprocess', () => preprocess(frames, vision)) };
}

function queueReporter({ onProgress }: Pick<EncodeVideoOptions, 'onProgress'>): (index: number) => void {
  return (index) => onProgress({ type: 'progress', stage: 'queue', done: 0, total: index });
}

/** What a clip is, unless it is longer than `maxSeconds` (`video_too_big`). */
export async function probeWithin(
  path: string,
  { maxSeconds, signal }: Pick<EncodeVideoOptions, 'maxSeconds' | 'signal'>,
): Promise<Clip> {
  const clip = await probe(path, { signal });
  if (clip.duration <= maxSeconds) return clip;
  const length = Math.ceil(clip.duration);
  throw new AppError(
    'video_too_big',
    `The clip is ${length} s long; this server takes ${maxSeconds} s at most.`,
  );
}

async function preprocess(frames: readonly Frame[], vision: VisionManifest): Promise<PixelTensor> {
  const pictures = await Promise.all(frames.map((frame) => resizeFrame(frame, vision)));
  const { imageSize } = vision;
  return {
    data: normalizePixels(pictures, vision),
    shape: [frames.length, 3, imageSize, imageSize],
  };
}
