import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '#errors';
import type { ChatEngine } from '#chat/chat-service.ts';
import type { AnswerEvent } from '#engine/events.ts';
import type { AskedTurn, Engine } from '#engine/engine.ts';
import type { EncodeClipOptions } from '#engine/cached-video-encoder.ts';
import { WorkQueue } from '#core/work-queue.ts';
import type { FilmFrame } from '#engine/media/film-strips.ts';
import type { ClipFacts, ClipSource } from '#engine/types.ts';
import type { EncodedVideo } from '#engine/pipeline.ts';
import { zeroTimings } from '#engine/stage-timer.ts';

/** An engine that takes any text starting with "video" for a clip, and answers with the words of the question. */
export class FakeEngine implements ChatEngine {
  readonly model: Engine['model'] = {
    name: 'fake',
    about: 'Knows nothing.',
    hash: 'f'.repeat(64),
    frames: 4,
    maxFrames: 8,
    fit: 'crop',
    tokens: 5,
    context: 64,
    captionStyles: ['short'],
    search: false,
  };
  readonly decoder = undefined;
  readonly queues = { decode: idle(), encode: idle(), generate: idle() };
  readonly rows = { total: 4, filled: 1, inUse: 0 };
  /** Answers that have not come to their end. */
  answering = 0;
  readonly looked: ClipSource[] = [];
  readonly asked: (Parameters<Engine['answer']>[1] & { turns: readonly AskedTurn[] })[] = [];
  /** What is answered, token by token. */
  say = (question: string): Iterable<string> | AsyncIterable<string> => question.split(' ');
  /** Looking never comes to an end while set. */
  slow = false;

  async probe({ path }: ClipSource): Promise<ClipFacts> {
    const text = await readFile(path, 'utf8');
    if (text === 'crash') throw new Error('/secret/path exploded');
    if (text === 'audio') throw new AppError('unsupported_media', 'This is not a video file.');
    if (!text.startsWith('video')) throw new AppError('bad_video', 'This is no video.');
    return { duration: 1.5, width: 64, height: 48, format: 'mov,mp4' };
  }

  async filmstrip(
    source: ClipSource,
    { frames = 4, start = 0 }: Parameters<Engine['filmstrip']>[1],
  ): Promise<FilmFrame[]> {
    await this.probe(source);
    return Array.from({ length: frames }, (_, n) => ({
      time: start + n / 2,
      jpeg: Buffer.from(`picture ${n}`),
    }));
  }

  captionQuestion(style: string): string {
    if (style !== 'short') throw new AppError('invalid_request', 'style: this model knows short');
    return 'caption';
  }

  async encode(
    source: ClipSource,
    { mode: requested = 'stan', onProgress, signal }: EncodeClipOptions,
  ): Promise<EncodedVideo> {
    const mode = requested === 'auto' ? 'stan' : requested;
    await this.probe(source);
    this.looked.push(source);
    onProgress?.({ type: 'progress', stage: 'encode', done: 0, total: 1 });
    if (this.slow) await pause(60_000, undefined, { signal });
    const receipt = { mode, sampler: 'fake', frames: [0.25, 0.75], videoTokens: { count: 5, width: 8 } };
    return { tokens: { data: new Float32Array(40), count: 5, width: 8 }, receipt, timings: zeroTimings };
  }

  async prepare(source: ClipSource, options: EncodeClipOptions) {
    return (await this.encode(source, options)).receipt;
  }

  async *answer(...[turns, options]: Parameters<Engine['answer']>): AsyncGenerator<AnswerEvent> {
    for (const source of turns.flatMap(({ clips }) => clips)) {
      const heard: AnswerEvent[] = [];
      const onProgress = (progress: AnswerEvent) => heard.push(progress);
      await this.encode(source, { ...options, onProgress });
      yield* heard;
    }
    this.asked.push({ turns, ...options });
    yield* this.#answer(turns.at(-1)?.question ?? '', options.signal);
  }

  async *#answer(question: string, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    if (question === 'fail') throw new Error('/secret/path exploded');
    this.answering++;
    try {
      let text = '';
      for await (const word of this.say(question)) {
        if (word === '...') await pause(60_000, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) break;
        yield { type: 'token', text: word };
        text += word;
      }
      const reason = signal.aborted ? 'stopped' : 'end';
      const confidence = { signal: 'least-token-probability', probability: 0.5, value: 0.75 } as const;
      yield { type: 'done', text, reason, reusedTokens: 0, promptTokens: 1, answerTokens: 1, confidence };
    } finally {
      this.answering--;
    }
  }
}

function idle(): WorkQueue {
  return new WorkQueue({ label: 'wait', concurrency: 1, maxWaiting: 9 });
}
