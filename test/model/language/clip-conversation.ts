import assert from 'node:assert/strict';
import { eventStream } from '#core/event-stream.ts';
import type { GenerateOptions, LanguageEvent } from '#engine/events.ts';
import type { LanguageModel } from '#engine/language/language-model.ts';
import type { Turn, VideoTokens } from '#engine/types.ts';

/** The signal of an answer that nobody stops. */
export const running = new AbortController().signal;

interface Asked extends Partial<GenerateOptions> {
  readonly clips?: readonly VideoTokens[];
}

/** The events of an answer to a conversation; throws `AppError` as `LanguageModel.generate` does. */
export function answer(model: LanguageModel, turns: readonly Turn<VideoTokens>[], options: GenerateOptions) {
  return eventStream<LanguageEvent, void>(options.signal, (push, signal) =>
    model.generate(turns, { ...options, signal }, push),
  );
}

/** A talk that is carried on: each answer becomes part of it. */
export class ClipConversation {
  readonly #model: LanguageModel;
  readonly #turns: Turn<VideoTokens>[] = [];

  constructor(model: LanguageModel) {
    this.#model = model;
  }

  pieces(question: string, { clips = [], ...asked }: Asked = {}): AsyncGenerator<LanguageEvent> {
    const turns = [...this.#turns, { question, clips }];
    return answer(this.#model, turns, { maxTokens: 8, signal: running, ...asked });
  }

  keep(turn: Turn<VideoTokens>): void {
    this.#turns.push(turn);
  }
}

/** The last piece of an answer, which is checked against those before it and kept in the talk. */
export async function ask(talk: ClipConversation, question: string, asked: Asked = {}) {
  const pieces: LanguageEvent[] = [];
  for await (const piece of talk.pieces(question, asked)) if (piece.type !== 'progress') pieces.push(piece);
  const done = pieces.pop();
  assert.ok(done?.type === 'done');
  const texts = pieces.map((piece) => (piece.type === 'token' ? piece.text : assert.fail()));
  assert.equal(texts.join(''), done.text);
  talk.keep({ question, clips: asked.clips ?? [], answer: done.text });
  return done;
}
