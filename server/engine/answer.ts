import type { VisionManifest } from '../../models/package/manifest.ts';
import { normalizePixels, resizeFrame } from '../../models/package/preprocess.ts';
import type { z } from 'zod';
import type { doneEvent, progressEvent, SamplingSettings, StageTimings, tokenEvent } from '../contract.ts';
import { AppError } from '../errors.ts';
import { probe } from './frames/probe.ts';
import { sampleFrames } from './frames/sample.ts';
import type { Clip, EncoderMode, Frame, PixelTensor, VideoTokens } from './types.ts';

export type Progress = z.infer<typeof progressEvent>;
export type AnswerEvent = Progress | z.infer<typeof tokenEvent> | z.infer<typeof doneEvent>;

/** Pixels to video tokens: CLIP, the branch and the projector in one graph. */
export interface Encoder {
  encode(pixels: PixelTensor, options: { mode: EncoderMode; signal: AbortSignal }): Promise<VideoTokens>;
}

/** A question with the clips it comes with; the last turn of a talk has no answer yet. */
export interface ChatTurn {
  readonly question: string;
  readonly clips: readonly SeenClip[];
  readonly answer?: string | undefined;
}

/** Settings of one answer; each has a default. */
export interface GenerateOptions extends SamplingSettings {
  /** What the model is told before the first turn, in place of the package's own words. */
  readonly system?: string | undefined;
  /** Tokens are drawn from the likeliest that together have this probability. */
  readonly topP?: number | undefined;
  /** Texts that end the answer and are not part of it. */
  readonly stop?: readonly string[] | undefined;
  /** JSON schema that the answer obeys. */
  readonly jsonSchema?: unknown;
  readonly signal: AbortSignal;
}

/** What answers talks; keeps none of them. */
export interface Language {
  generate(
    turns: readonly { question: string; clips: readonly VideoTokens[]; answer?: string | undefined }[],
    options: GenerateOptions,
  ): AsyncIterable<Exclude<AnswerEvent, Progress>>;
}

export interface WatchOptions {
  readonly mode: EncoderMode;
  /** How many frames to look at. */
  readonly frames: number;
  /** Longest clip taken, in seconds. */
  readonly maxSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export type ClipStage = 'probe' | 'sample' | 'preprocess' | 'encode';
export type ClipTimings = Pick<StageTimings, ClipStage>;

/** A clip as the language model reads it. */
export interface SeenClip {
  readonly tokens: VideoTokens;
  /** Seconds of the frames it was seen by. */
  readonly frames: readonly number[];
  /** Milliseconds. */
  readonly timings: ClipTimings;
}

/** The first half of the path: a file in, its video tokens out. Throws what each stage throws, and `cancelled`. */
export async function watchClip(
  path: string,
  { encoder, vision }: { readonly encoder: Encoder; readonly vision: VisionManifest },
  options: WatchOptions,
): Promise<SeenClip> {
  const { mode, signal, onProgress } = options;
  const timings = { probe: 0, sample: 0, preprocess: 0, encode: 0 };
  async function timed<T>(stage: ClipStage, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    onProgress({ type: 'progress', stage, done: 0, total: 1 });
    const start = performance.now();
    const result = await work();
    timings[stage] = performance.now() - start;
    return result;
  }
  const onFrame = (done: number, total: number) =>
    onProgress({ type: 'progress', stage: 'sample', done, total });

  const clip = await timed('probe', () => probeWithin(path, options));
  const frames = await timed('sample', () =>
    sampleFrames(clip, { frames: options.frames, imageSize: vision.imageSize, signal, onProgress: onFrame }),
  );
  const pixels = await timed('preprocess', () => preprocess(frames, vision));
  const tokens = await timed('encode', () => encoder.encode(pixels, { mode, signal }));
  return { tokens, frames: frames.map((frame) => frame.time), timings };
}

/**
 * The second half: a talk in, the answer to its last question out. The stages of clips that come with that question count
 * towards the timings in the last event, where `firstToken` and `total` run from the start of all the work.
 */
export async function* answerTalk(
  language: Language,
  turns: readonly ChatTurn[],
  options: GenerateOptions,
): AsyncGenerator<AnswerEvent> {
  const watching = watchingTime(turns.at(-1)?.clips ?? []);
  const before = watching.probe + watching.sample + watching.preprocess + watching.encode;
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  let prompt: number | undefined;

  yield { type: 'progress', stage: 'prefill', done: 0, total: 1 };
  const shown = turns.map((turn) => ({ ...turn, clips: turn.clips.map(({ tokens }) => tokens) }));
  for await (const event of language.generate(shown, options)) {
    prompt ??= elapsed();
    if (event.type === 'token') {
      yield event;
      continue;
    }
    const timings: StageTimings = {
      ...{ ...watching, prompt },
      firstToken: before + prompt,
      total: before + elapsed(),
    };
    yield { ...event, timings };
  }
}

function watchingTime(clips: readonly SeenClip[]): ClipTimings {
  const sum = (stage: ClipStage): number => clips.reduce((total, { timings }) => total + timings[stage], 0);
  return {
    probe: sum('probe'),
    sample: sum('sample'),
    preprocess: sum('preprocess'),
    encode: sum('encode'),
  };
}

/** What a clip is, unless it is longer than `maxSeconds` (`video_too_big`). */
export async function probeWithin(
  path: string,
  { maxSeconds, signal }: Pick<WatchOptions, 'maxSeconds' | 'signal'>,
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
