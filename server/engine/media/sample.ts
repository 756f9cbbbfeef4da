import { AppError } from '#errors';
import type { ClipFacts, ClipSource, Frame, Part } from '../types.ts';
import { samplePart } from './sample-part.ts';
import { decodeFrames, timeTolerance } from './decode-frames.ts';
import { listVideoFrames, type Timeline } from './list-video-frames.ts';
import { framesShownAt, onePassIsFaster, segmentCentres } from './sampling-plan.ts';
import { locateByPackets, type SeekRequest, seekFrames } from './seek-frames.ts';

export interface SampleOptions {
  /** How many frames to sample: T. */
  readonly frames: number;
  /** Side of the square the encoder sees: pictures come no larger than it can use. */
  readonly imageSize: number;
  /** Only this part of the clip, in one pass over it. */
  readonly part?: Part | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each decoded picture; `total` is less than T where a clip has fewer. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A clip to sample; without a timeline its frames are listed first. */
export interface SampledClip extends ClipFacts {
  readonly path: string;
  readonly timeline?: Timeline | undefined;
}

/** Names how frames are chosen. Another way of choosing gets another name, so that cached tokens are not mixed up. */
export const samplerName = 'segment-centres';

/** The sampler's name for a source: parts are sampled by a rule of their own, pictures by none. */
export function samplerOf({ kind, part }: Pick<ClipSource, 'kind' | 'part'>): string {
  if (kind === 'picture') return 'picture';
  return part === undefined ? samplerName : 'part-centres';
}

/** Clips longer than so many seconds are sampled by seeks, without listing all their frames. */
const maxListedSeconds = 600;
/** The end of a longer clip is looked for in this many of its last seconds. */
const tail = 2;

/**
 * The T frames on the screen at the middles of T equal segments, in order, upright, each with its true presentation
 * time. A clip of fewer frames repeats some. Decodes in one pass or by a seek to each frame, whichever is less work;
 * memory does not grow with the clip. Throws `no_video_frames`, `bad_video`, `too_slow`, `video_too_big`, `cancelled`.
 */
export async function sampleFrames(clip: SampledClip, options: SampleOptions): Promise<Frame[]> {
  const frames = withoutGaps(await sampleAny(clip, options));
  if (frames === undefined) {
    throw new AppError('no_video_frames', 'The video has no frame that can be decoded.');
  }
  return frames;
}

/**
 * The T frames of each of several parts, ascending, as `sampleFrames` gives them, by one process over all of them: to start
 * one and to find its place costs more than to decode some seconds. Undefined for a part without frames. Throws as
 * `sampleFrames`.
 */
export async function sampleParts(
  clip: SampledClip,
  parts: readonly Part[],
  options: Omit<SampleOptions, 'part'>,
): Promise<(Frame[] | undefined)[]> {
  const { frames } = options;
  const seconds = parts.flatMap((part) => segmentCentres(part, frames));
  const sampled = await samplePart(clip.path, seconds, decodeRequest(clip, options, seconds.length));
  return parts.map((_, number) => withoutGaps(sampled.slice(number * frames, (number + 1) * frames)));
}

type Sampled = readonly (Frame | undefined)[];

/** Where the file is damaged, the previous picture is repeated; undefined where there is none at all. */
function withoutGaps(sampled: Sampled): Frame[] | undefined {
  const first = sampled.find((frame) => frame !== undefined);
  if (first === undefined) return undefined;
  let previous = first;
  return sampled.map((frame) => {
    previous = frame ?? previous;
    return previous;
  });
}

function sampleAny(clip: SampledClip, options: SampleOptions): Promise<Sampled> {
  const { part, frames } = options;
  if (part !== undefined) {
    const centres = segmentCentres(part, frames);
    return samplePart(clip.path, centres, decodeRequest(clip, options, frames));
  }
  const isLong = clip.timeline === undefined && clip.duration > maxListedSeconds;
  return (isLong ? sampleLong : sampleListed)(clip, options);
}

async function sampleListed(clip: SampledClip, options: SampleOptions): Promise<Sampled> {
  const { signal } = options;
  const { frames: listed, end } = clip.timeline ?? (await listVideoFrames(clip.path, { signal }));
  const times = listed.length > 0 ? listed.map((frame) => frame.time) : [0];
  const timeOf = (index: number): number => times[index] ?? 0;

  const shown = framesShownAt(times, segmentCentres({ start: timeOf(0), end }, options.frames));
  const picked = [...new Set(shown)];
  const keyframes = listed.map((frame) => frame.keyframe);
  const request = decodeRequest(clip, options, picked.length);
  // The pictures of a GIF build on one another, and it has no index to seek by.
  const onePass = clip.format === 'gif' || onePassIsFaster(keyframes, picked);
  const wanted = picked.map(timeOf);
  const decoded = onePass
    ? await decodeInOnePass(clip.path, wanted, request)
    : await seekFrames(clip.path, wanted, request, async (_path, second) => second);
  const byIndex = new Map(picked.map((index, i) => [index, decoded[i]]));
  return shown.map((index) => byIndex.get(index));
}

async function decodeInOnePass(
  path: string,
  wanted: readonly number[],
  request: SeekRequest,
): Promise<Sampled> {
  const frames = await decodeFrames(path, { ...request, wanted });
  return wanted.map((time) => frames.find((frame) => frame.time >= time - timeTolerance));
}

async function sampleLong(clip: SampledClip, options: SampleOptions): Promise<Sampled> {
  const { signal } = options;
  // The declared length may be that of the sound, or a lie; a seek beyond the end finds the last pictures there are.
  const last = await listVideoFrames(clip.path, { from: clip.duration - tail, signal });
  const { end } = last.frames.length > 0 ? last : await listVideoFrames(clip.path, { signal });
  const centres = segmentCentres({ start: 0, end }, options.frames);
  return await seekFrames(clip.path, centres, decodeRequest(clip, options, centres.length), locateByPackets);
}

/**
 * The shorter side comes at twice the encoder's size at most (256 at least), which ffmpeg shrinks to while it has the
 * frame at hand: a 4K frame is 25 MB. Smaller clips come as they are, so that the one resize that the model was
 * trained with does all the work on them.
 */
export function pictureSize(
  { width, height }: Pick<ClipFacts, 'width' | 'height'>,
  imageSize: number,
): { readonly width: number; readonly height: number } {
  const shorter = Math.max(2 * imageSize, 256);
  const longer = 4 * shorter;
  const scale = Math.min(1, shorter / Math.min(width, height), longer / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

function decodeRequest(clip: SampledClip, options: Omit<SampleOptions, 'part'>, total: number): SeekRequest {
  let done = 0;
  return {
    ...pictureSize(clip, options.imageSize),
    signal: options.signal,
    onFrame: () => options.onProgress?.(++done, total),
  };
}
