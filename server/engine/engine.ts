import type { AnswerReceipt } from '#contract/rest.ts';
import { maxQuestionLength } from '#contract/rest.ts';
import { AppError } from '#errors';
import { checkQuestionLength } from '#core/question-length.ts';
import type { WorkQueue } from '#core/work-queue.ts';
import {
  type AnswerEvent,
  answerConversation,
  type ChatTurn,
  type GenerateOptions,
  type Language,
} from './answer.ts';
import {
  CachedVideoEncoder,
  type CachedVideoEncoderParts,
  frameCountWithin,
  type EncodeClipOptions,
} from './cached-video-encoder.ts';
import { eventStream } from '#core/event-stream.ts';
import { type FilmFrame, Filmstrips } from './media/film-strips.ts';
import type { LanguageModel } from './language/language-model.ts';
import type { Retrieval, RetrievalParts } from './retrieval/retrieval.ts';
import type { Clip, ClipSource } from './types.ts';
import { type Encoder, probeWithin, type EncodedVideo } from './encode-video.ts';
import { TaskGroup } from '#core/task-group.ts';

/** Hears what the engine does, to count it or to write it down. */
export interface EngineObserver
  extends NonNullable<CachedVideoEncoderParts['observer']>,
    NonNullable<RetrievalParts['observer']> {
  answered?(answer: Extract<AnswerEvent, { type: 'done' }>): void;
}

export interface EngineParts extends CachedVideoEncoderParts {
  readonly encoder: Encoder & { readonly queue: WorkQueue; dispose(): Promise<void> };
  readonly language: Language & Pick<LanguageModel, 'queue' | 'slots'> & { dispose(): Promise<void> };
  /** The questions that make the model describe a clip, by style. */
  readonly captionQuestions: ReadonlyMap<string, string>;
  /** What finds clips by words; a package may have none. */
  readonly retrieval?: Retrieval | undefined;
  readonly observer?: EngineObserver;
}

export interface EngineQueues {
  readonly decode: WorkQueue;
  readonly encode: WorkQueue;
  readonly generate: WorkQueue;
  readonly search?: WorkQueue;
}

/** A question with the clips it comes with, not looked at yet. */
export interface AskedTurn extends Omit<ChatTurn, 'clips'> {
  readonly clips: readonly ClipSource[];
}

/** Clip in, answer out; for many askers at once. Every method throws `cancelled` once the engine is disposed. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #package: AnswerReceipt['package'];
  readonly #clips: CachedVideoEncoder;
  readonly #filmstrips: Filmstrips;
  readonly #work = new TaskGroup();

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#clips = new CachedVideoEncoder(parts);
    const { decoding, manifest, maxClipSeconds: maxSeconds } = parts;
    this.#filmstrips = new Filmstrips({ decoding, imageSize: manifest.vision.imageSize, maxSeconds });
    this.#package = { name: parts.manifest.name, hash: parts.packageHash };
  }

  /** What is known of the loaded package. */
  get model() {
    const { manifest, packageHash, captionQuestions } = this.#parts;
    const { name, about, vision, language } = manifest;
    return {
      name,
      about,
      hash: packageHash,
      /** Sampled by default, and at most. */
      frames: vision.frames,
      maxFrames: vision.maxFrames,
      /** Video tokens one clip costs, and tokens one conversation can have. */
      tokens: vision.tokens,
      context: language.context,
      captionStyles: [...captionQuestions.keys()],
      search: this.retrieval !== undefined,
    };
  }

  /** Finds clips by words; undefined where the package cannot. */
  get retrieval(): Retrieval | undefined {
    return this.#parts.retrieval;
  }

  /** Who runs and who waits, by what for. */
  get queues(): EngineQueues {
    const { decoding, encoder, language, retrieval } = this.#parts;
    return {
      decode: decoding,
      encode: encoder.queue,
      generate: language.queue,
      ...(retrieval !== undefined && { search: retrieval.queue }),
    };
  }

  /** Places for clips in the language model. */
  get slots(): LanguageModel['slots'] {
    return this.#parts.language.slots;
  }

  /** The question that asks for a caption of this style. Throws `invalid_request`, naming those there are. */
  captionQuestion(style: string): string {
    const { captionQuestions } = this.#parts;
    const question = captionQuestions.get(style);
    if (question !== undefined) return question;
    const known = [...captionQuestions.keys()].join(', ');
    throw new AppError('invalid_request', `style: this model knows ${known}; or send a prompt of your own`);
  }

  /** What a clip is. Throws `bad_video`, `unsupported_media`, `no_video_frames`, `video_too_big`, `too_slow`, `busy`. */
  probe(path: string, { signal }: { readonly signal: AbortSignal }): Promise<Clip> {
    const { maxClipSeconds: maxSeconds, decoding } = this.#parts;
    return this.#work.run(signal, (both) =>
      decoding.run(() => probeWithin(path, { maxSeconds, signal: both }), { signal: both }),
    );
  }

  /** Watches a clip, or remembers it. Throws as `probe`, and `invalid_request`. */
  encode(source: ClipSource, options: EncodeClipOptions): Promise<EncodedVideo> {
    return this.#work.run(options.signal, (signal) => this.#clips.encode(source, { ...options, signal }));
  }

  /** The frames that `look` samples, as pictures. Throws as `look`. */
  async filmstrip(
    source: ClipSource,
    { frames, signal }: Pick<EncodeClipOptions, 'frames' | 'signal'>,
  ): Promise<readonly FilmFrame[]> {
    const count = frameCountWithin(this.#parts.manifest.vision, frames);
    return this.#work.run(signal, (both) => this.#filmstrips.of(source, count, both));
  }

  /**
   * The answer to the last of the turns as it grows; its last event is `done`, also when the signal stops it. Throws
   * `question_too_long`, `context_full`, `busy`, and `invalid_request` for a schema that cannot be followed.
   */
  generate(turns: readonly ChatTurn[], options: GenerateOptions): AsyncGenerator<AnswerEvent> {
    return this.#work.stream(options.signal, (signal) => this.#generate(turns, { ...options, signal }));
  }

  /** Looks at all clips of a talk, then answers. Throws as both; `cancelled` when the signal stops the looking. */
  async *answer(
    turns: readonly AskedTurn[],
    {
      mode,
      frames,
      order,
      ...options
    }: GenerateOptions & Pick<EncodeClipOptions, 'mode' | 'frames' | 'order'>,
  ): AsyncGenerator<AnswerEvent> {
    const seen = new Map<ClipSource, EncodedVideo>();
    for (const source of new Set(turns.flatMap(({ clips }) => clips))) {
      const clip = yield* eventStream<AnswerEvent, EncodedVideo>((onProgress) =>
        this.encode(source, { mode, frames, order, signal: options.signal, onProgress }),
      );
      seen.set(source, clip);
    }
    const shown = turns.map((turn) => ({
      ...turn,
      clips: turn.clips.flatMap((source) => seen.get(source) ?? []),
    }));
    yield* this.generate(shown, options);
  }

  /** Stops all work, waits for it to end, and frees the models. */
  async dispose(): Promise<void> {
    await this.#work.stop();
    await this.#parts.retrieval?.dispose();
    await this.#parts.language.dispose();
    await this.#parts.encoder.dispose();
  }

  async *#generate(turns: readonly ChatTurn[], options: GenerateOptions): AsyncGenerator<AnswerEvent> {
    for (const { question } of turns) checkQuestionLength(question, maxQuestionLength);
    const { language, observer } = this.#parts;
    for await (const event of answerConversation({ language, package: this.#package }, turns, options)) {
      if (event.type === 'done') observer?.answered?.(event);
      yield event;
    }
  }
}
