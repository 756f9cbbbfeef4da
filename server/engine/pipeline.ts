import { randomInt } from 'node:crypto';
import { layouts } from '#models/nets/layouts/layouts.ts';
import { gridPicture } from '#models/package/grid-picture.ts';
import { normalizePixels, resizeFrame } from '#models/package/preprocess.ts';
import type { RgbImage } from '#models/package/resample.ts';
import type { VisionManifest } from '#models/package/manifest.ts';
import type { QueueOptions } from '#core/work-queue.ts';
import type {
  AnswerEvent,
  AnswerReceipt,
  ClipReceipt,
  ClipTimings,
  GenerateOptions,
  LanguageEvent,
  LongClipReceipt,
} from './events.ts';
import { type FrameOrder, inOrder } from './media/frame-order.ts';
import type { FrameStore } from './media/frame-store.ts';
import { samplerOf } from './media/sample.ts';
import { AnswerTimer, StageTimer, type StageTimerOptions } from './stage-timer.ts';
import type { ClipSource, EncoderMode, Frame, PixelTensor, Turn, VideoTokens } from './types.ts';

/** The path of a clip: file -> facts -> frames -> pixels -> video tokens -> prompt -> answer. */

/** Pixels to video tokens: CLIP, the branch and the projector in one graph. */
export interface Encoder {
  encode(
    pixels: PixelTensor,
    options: QueueOptions & { readonly mode: EncoderMode; readonly times: readonly number[] },
  ): Promise<VideoTokens>;
}

/** A conversation to an answer; stateless between requests. */
export interface Language {
  /** Pushes the answer to the last of the turns as it grows; `done` comes last, also when the signal stops it. */
  generate(
    turns: readonly Turn<VideoTokens>[],
    options: GenerateOptions,
    push: (event: LanguageEvent) => void,
  ): Promise<void>;
}

export interface LoadOptions extends StageTimerOptions, Pick<QueueOptions, 'background'> {
  /** How many frames to sample: T. */
  readonly frames: number;
  readonly order: FrameOrder;
  /** All frames as the cells of one picture. */
  readonly asGrid?: boolean | undefined;
}

export interface VisionParts {
  readonly frames: FrameStore;
  readonly vision: VisionManifest;
}

/** A clip as the language model reads it. */
export interface EncodedVideo {
  readonly tokens: VideoTokens;
  /** Of the long clip that this is the first segment of. */
  readonly longClip?: LongClipReceipt | undefined;
  readonly receipt: ClipReceipt;
  readonly timings: ClipTimings;
}

/** File -> facts -> frames -> pixels [T, 3, H, W]. Throws what each stage throws, `busy` where too many wait, `cancelled`. */
export async function loadPixels(
  source: ClipSource,
  { frames: store, vision }: VisionParts,
  options: LoadOptions,
  timer: StageTimer,
): Promise<{ readonly frames: readonly Frame[]; readonly pixels: PixelTensor }> {
  const turn = queueTurn(options);
  const onFrame = frameReporter(options);
  const clip = await timer.run('probe', () => store.probe(source, turn));
  const sampled = await timer.run('sample', () =>
    store.sample(clip, { count: options.frames, onFrame, ...turn }),
  );
  const frames = inOrder(sampled, options.order);
  const pixels = await timer.run('preprocess', () =>
    options.asGrid
      ? toPixels([gridPicture(frames)], { ...vision, resize: 'squash' })
      : toPixels(frames, vision),
  );
  return { frames, pixels };
}

/** File -> video tokens [count, width], as many as the mode's layout has. A picture is one frame, encoded the way the image chatbot does. Throws as `loadPixels`. */
export async function encodeVideo(
  source: ClipSource,
  { encoder, ...parts }: VisionParts & { readonly encoder: Encoder },
  options: LoadOptions & { readonly mode: EncoderMode },
): Promise<EncodedVideo> {
  const timer = new StageTimer(options);
  const mode = source.kind === 'picture' ? 'plain' : options.mode;
  const { asGrid } = layouts[mode];
  const { frames, pixels } = await loadPixels(source, parts, { ...options, asGrid }, timer);
  // a clip that is played in another order still starts at its first second
  const times = frames.map(({ time }) => time).sort((a, b) => a - b);
  const tokens = await timer.run('encode', () =>
    encoder.encode(pixels, { mode, times, ...queueTurn(options) }),
  );
  const receipt = clipReceipt(source, { mode, order: options.order }, frames, tokens);
  return { tokens, receipt, timings: timer.timings };
}

/** Encoded videos with questions -> prompt -> answer, pushed as it grows. Throws what the language model throws. */
export async function answerConversation(
  turns: readonly Turn<EncodedVideo>[],
  { language, package: from }: { readonly language: Language; readonly package: AnswerReceipt['package'] },
  options: GenerateOptions,
  push: (event: AnswerEvent) => void,
): Promise<void> {
  const timer = new AnswerTimer(turns.at(-1)?.clips.map(({ timings }) => timings) ?? []);
  const seed = options.seed ?? randomInt(2 ** 32);
  const clips = turns.flatMap((turn) => turn.clips.map(({ receipt }) => receipt));
  const longClips = turns.flatMap((turn) => turn.clips.flatMap(({ longClip }) => longClip ?? []));
  const receipt = { package: from, seed, clips, ...(longClips.length > 0 && { longClips }) };
  const prompt = turns.map((turn) => ({ ...turn, clips: turn.clips.map(({ tokens }) => tokens) }));
  await language.generate(prompt, { ...options, seed }, (event) => {
    if (event.type !== 'progress') timer.firstToken();
    if (event.type !== 'done') push(event);
    else {
      const { confidence } = event;
      const own = { ...receipt, ...(confidence !== undefined && { confidence }) };
      push({ ...event, timings: timer.end(), receipt: own });
    }
  });
}

async function toPixels(frames: readonly RgbImage[], vision: VisionManifest): Promise<PixelTensor> {
  const pictures = await Promise.all(frames.map((frame) => resizeFrame(frame, vision)));
  const { imageSize } = vision;
  return { data: normalizePixels(pictures, vision), shape: [frames.length, 3, imageSize, imageSize] };
}

function clipReceipt(
  source: ClipSource,
  { mode, order }: { readonly mode: EncoderMode; readonly order: FrameOrder },
  frames: readonly Frame[],
  { count, width }: VideoTokens,
): ClipReceipt {
  const { sha256, part } = source;
  return {
    ...(sha256 !== undefined && { sha256 }),
    mode,
    sampler: samplerOf(source),
    ...(part !== undefined && { part }),
    ...(order !== 'forward' && { order }),
    frames: frames.map(({ time }) => time),
    videoTokens: { count, width },
  };
}

function queueTurn({ signal, background, onProgress }: LoadOptions): QueueOptions {
  const onQueuePosition = (index: number): void =>
    onProgress({ type: 'progress', stage: 'queue', done: 0, total: index });
  return { signal, background, onQueuePosition };
}

function frameReporter({ onProgress }: LoadOptions): (progress: { done: number; total: number }) => void {
  return ({ done, total }) => onProgress({ type: 'progress', stage: 'sample', done, total });
}
