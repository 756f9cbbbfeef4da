import { AppError } from '#errors';
import { eventStream } from '#core/event-stream.ts';
import { checkQuestionLength } from '#core/question-length.ts';
import { TaskGroup } from '#core/task-group.ts';
import type { WorkQueue } from '#core/work-queue.ts';
import {
  CachedVideoEncoder,
  type CachedVideoEncoderParts,
  type EncodeClipOptions,
  frameCountWithin,
} from './cached-video-encoder.ts';
import type { AnswerEvent, AnswerReceipt, ClipReceipt, DoneEvent, GenerateOptions } from './events.ts';
import type { LanguageModel } from './language/language-model.ts';
import type { Decoder } from './media/decoder.ts';
import { type FilmFrame, FilmStrips } from './media/film-strips.ts';
import { answerConversation, type EncodedVideo, type Encoder, type Language } from './pipeline.ts';
import type { Retrieval, RetrievalParts } from './retrieval/retrieval.ts';
import { LongClips } from './segments/long-clips.ts';
import { type CutterOptions, usualCutting } from './segments/segment-cutter.ts';
import { forgetfulStore, type SegmentStore } from './segments/segment-store.ts';
import { receiptOfAll, type ShowOptions, ShownClips } from './segments/shown-clips.ts';
import type { ClipFacts, ClipSource, Turn } from './types.ts';

/** Notified of what the engine does, for metrics and logs. */
export interface EngineObserver
  extends NonNullable<CachedVideoEncoderParts['observer']>,
    NonNullable<RetrievalParts['observer']> {
  answered?(answer: DoneEvent): void;
}

export interface EngineParts extends CachedVideoEncoderParts {
  readonly encoder: Encoder & { readonly queue: WorkQueue; dispose(): Promise<void> };
  /** One line: what the encoders compute with. */
  readonly encoderDevice?: string | undefined;
  readonly language: Language &
    Pick<LanguageModel, 'queue' | 'rows' | 'description'> & { dispose(): Promise<void> };
  /** The questions that make the model describe a clip, by style. */
  readonly captionQuestions: ReadonlyMap<string, string>;
  /** What decodes clips; undefined where none was looked for. */
  readonly decoder?: Decoder | undefined;
  /** Finds clips by words; a package may have no encoders for it. */
  readonly retrieval?: Retrieval | undefined;
  /** How long segments of long clips are. Default: 2 to 20 seconds. */
  readonly cutting?: CutterOptions | undefined;
  /** Keeps segments of long clips. Default: only memory does. */
  readonly segmentStore?: SegmentStore | undefined;
  readonly observer?: EngineObserver;
}

export interface EngineQueues {
  readonly decode: WorkQueue;
  readonly encode: WorkQueue;
  readonly generate: WorkQueue;
  readonly search?: WorkQueue;
}

/** A question with the clips it brings, not encoded yet. */
export type AskedTurn = Turn<ClipSource>;

export interface AnswerOptions
  extends GenerateOptions,
    Omit<ShowOptions, 'signal' | 'onProgress' | 'background'> {
  /** Id of the clip that `start` and `end` are of. Default: every clip. */
  readonly partOf?: string | undefined;
}

/** Longest question taken, in characters. */
export const maxQuestionLength = 8000;

/** Clip in, answer out, for many concurrent requests. Every method throws `cancelled` once the engine is disposed. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #package: AnswerReceipt['package'];
  readonly #clips: CachedVideoEncoder;
  readonly #filmstrips: FilmStrips;
  readonly #longClips: LongClips;
  readonly #shown: ShownClips;
  readonly #work = new TaskGroup();

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#clips = new CachedVideoEncoder(parts);
    this.#filmstrips = new FilmStrips(parts.frames);
    const { frames, retrieval, packageHash, manifest } = parts;
    const { cutting = usualCutting, segmentStore: store = forgetfulStore } = parts;
    this.#longClips = new LongClips({ frames, retrieval, packageHash, cutting, store });
    this.#shown = new ShownClips({ frames, clips: this.#clips, longClips: this.#longClips, manifest });
    this.#package = { name: parts.manifest.name, hash: parts.packageHash };
  }

  /** The loaded package. */
  get model() {
    const { manifest, packageHash, captionQuestions } = this.#parts;
    const { name, about, vision, language } = manifest;
    return {
      name,
      about,
      hash: packageHash,
      /** Frames sampled by default, and at most. */
      frames: vision.frames,
      maxFrames: vision.maxFrames,
      fit: vision.resize,
      /** Video tokens of one clip, and tokens that fit in one conversation. */
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

  /** What decodes clips, as found at start. */
  get decoder(): Decoder | undefined {
    return this.#parts.decoder;
  }

  /** Queues by stage. */
  get queues(): EngineQueues {
    const { frames, encoder, language, retrieval } = this.#parts;
    return {
      decode: frames.queue,
      encode: encoder.queue,
      generate: language.queue,
      ...(retrieval !== undefined && { search: retrieval.queue }),
    };
  }

  /** Counts of the language model's embedding rows for clips. */
  get rows(): LanguageModel['rows'] {
    return this.#parts.language.rows;
  }

  /** One line: where the LLM runs, and the memory of its KV cache. */
  get device(): string {
    return this.#parts.language.description;
  }

  /** One line: what onnxruntime computes with, and why not with something else. */
  get encoderDevice(): string {
    return this.#parts.encoderDevice ?? 'encoders on the CPU';
  }

  /** The question that asks for a caption of this style. Throws `invalid_request`, naming those there are. */
  captionQuestion(style: string): string {
    const { captionQuestions } = this.#parts;
    const question = captionQuestions.get(style);
    if (question !== undefined) return question;
    const known = [...captionQuestions.keys()].join(', ');
    throw new AppError('invalid_request', `style: this model knows ${known}; or send a prompt of your own`);
  }

  /** A clip, by its SHA-256, was deleted: drops its frames, pictures and tokens. */
  forgetClip(sha256: string): void {
    this.#parts.frames.forget(sha256);
    this.#filmstrips.forget(sha256);
    this.#clips.forget(sha256);
    this.#longClips.forget(sha256);
  }

  /** What a clip is. Throws `bad_video`, `unsupported_media`, `no_video_frames`, `video_too_big`, `too_slow`, `busy`. */
  probe(source: ClipSource, { signal }: { readonly signal: AbortSignal }): Promise<ClipFacts> {
    return this.#work.run(signal, async (both) => {
      const { facts } = await this.#parts.frames.probe(source, { signal: both });
      if (facts === undefined) throw new TypeError('a picture is not probed');
      return facts;
    });
  }

  /** The video tokens of a whole clip, cached. Throws as `probe`, and `invalid_request`. */
  encode(source: ClipSource, options: EncodeClipOptions): Promise<EncodedVideo> {
    return this.#work.run(options.signal, (signal) => this.#clips.encode(source, { ...options, signal }));
  }

  /** Encodes what a first question about a clip needs: of a long one, segments spread over it. Throws as `encode`. */
  prepare(source: ClipSource, options: EncodeClipOptions): Promise<ClipReceipt> {
    return this.#work.run(options.signal, async (signal) => {
      return receiptOfAll(await this.#shown.show(source, undefined, { ...options, signal }));
    });
  }

  /** Long clips cut into segments, and what they show. */
  get longClips(): LongClips {
    return this.#longClips;
  }

  /**
   * Cuts a long clip and encodes all its segments, which are kept. Resumes what an earlier call did; a short clip needs
   * nothing. Throws as `encode`.
   */
  index(source: ClipSource, options: Omit<EncodeClipOptions, 'frames' | 'order'>): Promise<void> {
    return this.#work.run(options.signal, (signal) => this.#shown.index(source, { ...options, signal }));
  }

  /** The frames that `encode` samples of a clip, or of a part of it, as pictures. Throws as `encode`. */
  async filmstrip(
    source: ClipSource,
    { frames, signal, start, end }: Pick<ShowOptions, 'frames' | 'signal' | 'start' | 'end'>,
  ): Promise<readonly FilmFrame[]> {
    const count = frameCountWithin(this.#parts.manifest.vision, frames);
    return this.#work.run(signal, (both) => this.#filmstrips.of(source, { count, start, end }, both));
  }

  /**
   * The answer to the last of the turns as it grows; its last event is `done`, also when the signal stops it. Throws
   * `question_too_long`, `context_full`, `busy`, and `invalid_request` for a schema that is not supported.
   */
  generate(
    turns: readonly Turn<EncodedVideo>[],
    options: GenerateOptions,
  ): AsyncGenerator<AnswerEvent, void> {
    return eventStream(options.signal, (push, left) =>
      this.#work.run(left, (signal) => this.#generate(turns, { ...options, signal }, push)),
    );
  }

  /** Encodes all clips of a conversation, then answers. Throws as both; `cancelled` when the signal stops the encoding. */
  answer(
    turns: readonly AskedTurn[],
    { mode, frames, order, start, end, partOf, whole, segments, ...options }: AnswerOptions,
  ): AsyncGenerator<AnswerEvent, void> {
    return eventStream(options.signal, (onProgress, left) =>
      this.#work.run(left, async (signal) => {
        const encoded = new Map<ClipSource, readonly EncodedVideo[]>();
        const question = turns.at(-1)?.question;
        const seen = { mode, frames, order, whole, segments, signal, onProgress };
        const sources = new Set(turns.flatMap(({ clips }) => clips));
        if (partOf !== undefined && ![...sources].some(({ videoId }) => videoId === partOf)) {
          throw new AppError('invalid_request', 'partOf: no question here brought that clip');
        }
        for (const source of sources) {
          const bounds = partOf === undefined || partOf === source.videoId ? { start, end } : {};
          encoded.set(source, await this.#shown.show(source, question, { ...seen, ...bounds }));
        }
        const prompt = turns.map((turn) => ({
          ...turn,
          clips: turn.clips.flatMap((source) => encoded.get(source) ?? []),
        }));
        await this.#generate(prompt, { ...options, signal }, onProgress);
      }),
    );
  }

  /** Stops all work, waits for it to end, and frees the models. */
  async dispose(): Promise<void> {
    await this.#work.stop();
    await this.#parts.retrieval?.dispose();
    await this.#parts.language.dispose();
    await this.#parts.encoder.dispose();
  }

  async #generate(
    turns: readonly Turn<EncodedVideo>[],
    options: GenerateOptions,
    push: (event: AnswerEvent) => void,
  ): Promise<void> {
    for (const { question } of turns) checkQuestionLength(question, maxQuestionLength);
    const { language, observer } = this.#parts;
    await answerConversation(turns, { language, package: this.#package }, options, (event) => {
      if (event.type === 'done') observer?.answered?.(event);
      push(event);
    });
  }
}
