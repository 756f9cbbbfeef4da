import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../../server/errors.ts';
import type { ChatEngine } from '../../../server/chat/chat-service.ts';
import type { AnswerEvent, SeenClip } from '../../../server/engine/answer.ts';
import type { Clip } from '../../../server/engine/types.ts';
import type { AppOptions } from '../../../server/http/app.ts';

/** An engine that takes any text starting with "video" for a clip, and answers with the words of the question. */
export class FakeEngine implements ChatEngine {
  readonly model: AppOptions['engine']['model'] = {
    name: 'fake',
    about: 'Knows nothing.',
    frames: 4,
    tokens: 5,
  };
  /** Answers that have not come to their end. */
  answering = 0;
  captioned: string[] = [];
  /** Looking never comes to an end while set. */
  slow = false;

  async probe(path: string): Promise<Clip> {
    const text = await readFile(path, 'utf8');
    if (text === 'crash') throw new Error('/secret/path exploded');
    if (!text.startsWith('video')) throw new AppError('bad_video', 'This is no video.');
    return { path, duration: 1.5, width: 64, height: 48, format: 'mov,mp4', codec: 'h264' };
  }

  async caption(clip: { path: string; id?: string }, options: { mode: string }): Promise<string> {
    await this.probe(clip.path);
    this.captioned.push(clip.path);
    return `${clip.id === undefined ? 'passing' : 'stored'} ${options.mode}`;
  }

  async look(...[, { onProgress, signal }]: Parameters<ChatEngine['look']>): Promise<SeenClip> {
    onProgress({ type: 'progress', stage: 'encode', done: 0, total: 1 });
    if (this.slow) await pause(60_000, undefined, { signal });
    return {
      tokens: { data: new Float32Array(40), count: 5, width: 8 },
      frames: [0.25, 0.75],
      timings: { probe: 0, sample: 0, preprocess: 0, encode: 0 },
    };
  }

  generate(...[turns, { signal }]: Parameters<ChatEngine['generate']>): AsyncGenerator<AnswerEvent> {
    return this.#answer(turns.at(-1)?.question ?? '', signal);
  }

  async *#answer(question: string, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    if (question === 'fail') throw new Error('/secret/path exploded');
    this.answering++;
    try {
      let text = '';
      for (const word of question.split(' ')) {
        if (word === '...') await pause(60_000, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) break;
        yield { type: 'token', text: word };
        text += word;
      }
      const reason = signal.aborted ? 'stopped' : 'end';
      yield { type: 'done', text, reason, reusedTokens: 0, promptTokens: 1, answerTokens: 1 };
    } finally {
      this.answering--;
    }
  }
}
