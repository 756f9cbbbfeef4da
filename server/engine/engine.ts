import type { PackageManifest } from '../../models/package/manifest.ts';
import type { OpenedConversation, SamplingSettings } from '../contract.ts';
import { AppError } from '../errors.ts';
import {
  type AnswerEvent,
  answerQuestion,
  type Conversation,
  type Encoder,
  type Progress,
  probeWithin,
  type SeenClip,
  watchClip,
} from './answer.ts';
import { Recent } from './recent.ts';
import type { Clip, EncoderMode } from './types.ts';
import { WorkInProgress } from './work-in-progress.ts';

/** Where a clip is; `id`, if it has one, names its bytes for as long as the engine lives. */
export interface ClipSource {
  readonly path: string;
  readonly id?: string;
}

export interface EngineParts {
  readonly manifest: PackageManifest;
  readonly encoder: Encoder & { dispose(): Promise<void> };
  readonly language: { openConversation(): Promise<Conversation>; dispose(): Promise<void> };
  /** The question that makes the model describe a clip. */
  readonly captionQuestion: string;
  /** Longest clip taken, in seconds. */
  readonly maxClipSeconds: number;
}

export interface OpenOptions {
  readonly mode: EncoderMode;
  /** Frames to look at; the package's own number unless given. */
  readonly frames?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Clips whose video tokens are kept: 64 of LLaVA's are 270 MB. */
const clipsRemembered = 64;

/** Clip in, answer out; for many askers at once. Every method throws `cancelled` once the engine is disposed. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #seen = new Recent<SeenClip>(clipsRemembered);
  readonly #work = new WorkInProgress();

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** What is known of the loaded package. */
  get model(): { name: string; about: string; frames: number; tokens: number } {
    const { name, about, vision } = this.#parts.manifest;
    return { name, about, frames: vision.frames, tokens: vision.tokens };
  }

  /** What a clip is. Throws `bad_video`, `unsupported_media`, `no_video_frames`, `video_too_big`, `too_slow`. */
  probe(path: string, options: { readonly signal: AbortSignal }): Promise<Clip> {
    const maxSeconds = this.#parts.maxClipSeconds;
    return this.#work.run(options.signal, (signal) => probeWithin(path, { maxSeconds, signal }));
  }

  /** Watches a clip, or remembers it, and opens a conversation on it. Throws as `probe`, and `invalid_request`. */
  open(source: ClipSource, options: OpenOptions): Promise<ClipConversation> {
    return this.#work.run(options.signal, async (signal) => {
      const clip = await this.#watch(source, { ...options, signal });
      return new ClipConversation(clip, await this.#parts.language.openConversation(), this.#work);
    });
  }

  /** What a clip shows, in the model's words. Throws as `open`. */
  async caption(source: ClipSource, options: OpenOptions & SamplingSettings): Promise<string> {
    const { mode, frames, onProgress, ...asking } = options;
    const conversation = await this.open(source, options);
    try {
      let caption = '';
      for await (const event of conversation.ask(this.#parts.captionQuestion, asking)) {
        if (event.type === 'done') caption = event.text.trim();
      }
      asking.signal.throwIfAborted();
      return caption;
    } finally {
      await conversation.dispose();
    }
  }

  /** Stops all work, waits for it to end, and frees the models. */
  async dispose(): Promise<void> {
    await this.#work.stop();
    await this.#parts.language.dispose();
    await this.#parts.encoder.dispose();
  }

  async #watch({ path, id }: ClipSource, options: OpenOptions): Promise<SeenClip> {
    const { manifest, encoder, maxClipSeconds } = this.#parts;
    const { mode, frames = manifest.vision.frames, signal, onProgress = () => undefined } = options;
    const { maxFrames } = manifest.vision;
    if (frames > maxFrames) {
      throw new AppError('invalid_request', `frames: this model looks at ${maxFrames} frames at most`);
    }
    const key = id && `${id} ${mode} ${frames}`;
    const known = key && this.#seen.get(key);
    if (known) return { ...known, timings: { probe: 0, sample: 0, preprocess: 0, encode: 0 } };

    const parts = { encoder, vision: manifest.vision };
    const clip = await watchClip(path, parts, {
      mode,
      frames,
      maxSeconds: maxClipSeconds,
      signal,
      onProgress,
    });
    if (key) this.#seen.set(key, clip);
    return clip;
  }
}

/** A conversation on one clip, with its history. Dispose of it when done. */
export class ClipConversation {
  readonly videoTokens: OpenedConversation['videoTokens'];
  /** Seconds of the frames the model saw. */
  readonly frames: readonly number[];
  readonly #conversation: Conversation;
  readonly #work: WorkInProgress;
  #newClip: SeenClip | undefined;

  constructor(clip: SeenClip, conversation: Conversation, work: WorkInProgress) {
    this.videoTokens = { count: clip.tokens.count, width: clip.tokens.width };
    this.frames = clip.frames;
    this.#newClip = clip;
    this.#conversation = conversation;
    this.#work = work;
  }

  /** The answer as it grows; its last event is `done`, also when `signal` stops it. One question at a time. */
  ask(
    question: string,
    options: SamplingSettings & { readonly signal: AbortSignal },
  ): AsyncGenerator<AnswerEvent> {
    const newClip = this.#newClip;
    this.#newClip = undefined;
    return this.#work.stream(options.signal, (signal) =>
      answerQuestion(this.#conversation, { ...options, question, newClip, signal }),
    );
  }

  dispose(): Promise<void> {
    return this.#conversation.dispose();
  }
}
