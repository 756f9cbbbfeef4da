import type { PackageManifest } from '../../models/package/manifest.ts';
import { maxQuestionLength, type SamplingSettings } from '../contract.ts';
import { AppError } from '../errors.ts';
import {
  type AnswerEvent,
  answerTalk,
  type ChatTurn,
  type Encoder,
  type GenerateOptions,
  type Language,
  type Progress,
  probeWithin,
  type SeenClip,
  watchClip,
} from './answer.ts';
import { Talk } from './talk.ts';
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
  readonly language: Language & { dispose(): Promise<void> };
  /** The question that makes the model describe a clip. */
  readonly captionQuestion: string;
  /** Longest clip taken, in seconds. */
  readonly maxClipSeconds: number;
}

export interface LookOptions {
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

  /** Watches a clip, or remembers it. Throws as `probe`, and `invalid_request`. */
  look(source: ClipSource, options: LookOptions): Promise<SeenClip> {
    return this.#work.run(options.signal, (signal) => this.#watch(source, { ...options, signal }));
  }

  /**
   * The answer to the last of the turns as it grows; its last event is `done`, also when the signal stops it. Throws
   * `question_too_long`, `context_full`, `busy`, and `invalid_request` for a schema that cannot be followed.
   */
  generate(turns: readonly ChatTurn[], options: GenerateOptions): AsyncGenerator<AnswerEvent> {
    const longest = Math.max(...turns.map(({ question }) => question.length));
    return this.#work.stream(options.signal, (signal) => {
      if (longest > maxQuestionLength) {
        const message = `The question has ${longest} characters; at most ${maxQuestionLength} are taken.`;
        throw new AppError('question_too_long', message);
      }
      return answerTalk(this.#parts.language, turns, { ...options, signal });
    });
  }

  /** Looks at a clip and opens a talk about it. Throws as `look`. */
  async open(source: ClipSource, options: LookOptions): Promise<Talk> {
    return new Talk(this, await this.look(source, options));
  }

  /** What a clip shows, in the model's words. Throws as `look`. */
  async caption(source: ClipSource, options: LookOptions & SamplingSettings): Promise<string> {
    const clip = await this.look(source, options);
    const turns = [{ question: this.#parts.captionQuestion, clips: [clip] }];
    let caption = '';
    for await (const event of this.generate(turns, options)) {
      if (event.type === 'done') caption = event.text.trim();
    }
    options.signal.throwIfAborted();
    return caption;
  }

  /** Stops all work, waits for it to end, and frees the models. */
  async dispose(): Promise<void> {
    await this.#work.stop();
    await this.#parts.language.dispose();
    await this.#parts.encoder.dispose();
  }

  async #watch({ path, id }: ClipSource, options: LookOptions): Promise<SeenClip> {
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
