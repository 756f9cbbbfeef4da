import { AppError } from '#errors';
import type { EncodeClipOptions } from './cached-video-encoder.ts';
import type { AnswerEvent, GenerateOptions } from './events.ts';
import type { EncodedVideo } from './pipeline.ts';
import { zeroTimings } from './stage-timer.ts';
import type { ClipSource, Turn } from './types.ts';

/** The part of the engine that answers. */
export interface Answerer {
  generate(turns: readonly Turn<EncodedVideo>[], options: GenerateOptions): AsyncIterable<AnswerEvent>;
}

/** A conversation about one clip, in memory. */
export class ClipConversation {
  readonly videoTokens: { readonly count: number; readonly width: number };
  /** Seconds of the sampled frames. */
  readonly frames: readonly number[];
  readonly #answerer: Answerer;
  readonly #turns: Turn<EncodedVideo>[] = [];
  #clip: EncodedVideo;
  #answering = false;

  /** Encodes a clip and opens a conversation about it. Throws as `encode`. */
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
   * The answer as it grows; its last event is `done`, also when the signal stops it. A stopped answer stays in the
   * conversation with the text it has; a question without any answer does not. Throws `busy` while another answer is running.
   */
  async *ask(
    question: string,
    options: Pick<GenerateOptions, 'temperature' | 'seed' | 'maxTokens' | 'signal'>,
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
