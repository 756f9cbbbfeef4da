import type { SamplingSettings } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { AnswerEvent, ChatTurn, GenerateOptions } from './answer.ts';
import type { EncodeClipOptions } from './cached-video-encoder.ts';
import type { ClipSource } from './types.ts';
import { zeroTimings, type EncodedVideo } from './encode-video.ts';

/** What a talk asks: the engine. */
export interface Answerer {
  generate(turns: readonly ChatTurn[], options: GenerateOptions): AsyncIterable<AnswerEvent>;
}

/** A talk about one clip, kept in memory. */
export class ClipConversation {
  readonly videoTokens: { readonly count: number; readonly width: number };
  /** Seconds of the frames the model saw. */
  readonly frames: readonly number[];
  readonly #answerer: Answerer;
  readonly #turns: ChatTurn[] = [];
  #clip: EncodedVideo;
  #answering = false;

  /** Looks at a clip and opens a talk about it. Throws as `look`. */
  static async open(
    engine: Answerer & { encode(source: ClipSource, options: EncodeClipOptions): Promise<EncodedVideo> },
    source: ClipSource,
    options: EncodeClipOptions,
  ): Promise<ClipConversation> {
    return new ClipConversation(engine, await engine.encode(source, options));
  }

  constructor(answerer: Answerer, clip: EncodedVideo) {
    this.#answerer = answerer;
    this.#clip = clip;
    this.videoTokens = clip.receipt.videoTokens;
    this.frames = clip.receipt.frames;
  }

  /**
   * The answer as it grows; its last event is `done`, also when the signal stops it. What was said until then stays in
   * the talk; a question that got no word of an answer does not. Throws `busy` while another answer is running.
   */
  async *ask(
    question: string,
    options: SamplingSettings & { readonly signal: AbortSignal },
  ): AsyncGenerator<AnswerEvent> {
    if (this.#answering) {
      throw new AppError('busy', 'This conversation is still answering; wait for the end or stop it.');
    }
    this.#answering = true;
    // the clip comes with the first question that is answered
    const turn = { question, clips: this.#turns.length === 0 ? [this.#clip] : [] };
    this.#clip = { ...this.#clip, timings: zeroTimings };
    try {
      for await (const event of this.#answerer.generate([...this.#turns, turn], options)) {
        if (event.type === 'done' && (event.text !== '' || event.reason !== 'stopped')) {
          this.#turns.push({ ...turn, answer: event.text });
        }
        yield event;
      }
    } finally {
      this.#answering = false;
    }
  }
}
