import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import {
  type askQuestion,
  maxQuestionLength,
  type OpenedConversation,
  type openConversation,
  type StreamEvent,
} from '../contract.ts';
import { AppError, toAppError } from '../errors.ts';
import type { ClipStore } from '../store/clip-store.ts';
import type { Chat, ChatEngine } from './chat.ts';

export interface ConversationsOptions {
  readonly engine: ChatEngine;
  readonly store: ClipStore;
  readonly send: (event: StreamEvent) => void;
  /** Told of every failure the client hears of as an event. */
  readonly onFailure: (error: AppError) => void;
}

interface Conversation {
  readonly chat: Chat;
  answering?: { readonly stop: AbortController; readonly finished: Promise<void> };
}

/** Each open conversation holds memory of the model, so one client gets only so many. */
const maxConversations = 16;

/** The conversations of one connected client, from open to close. */
export class Conversations {
  readonly #options: ConversationsOptions;
  readonly #open = new Map<string, Conversation>();
  readonly #gone = new AbortController();
  #opening = 0;

  constructor(options: ConversationsOptions) {
    this.#options = options;
  }

  /** Looks at the clip, telling the progress. Throws `not_found`, `busy`, and what the engine finds in the clip. */
  async open({ videoId, mode, frames }: z.output<typeof openConversation>): Promise<OpenedConversation> {
    if (this.#open.size + this.#opening >= maxConversations) {
      throw new AppError(
        'busy',
        `Only ${maxConversations} conversations can be open at once; close one first.`,
      );
    }
    const { engine, store, send } = this.#options;
    const conversationId = randomUUID();
    this.#opening++;
    try {
      const { id } = await store.find(videoId);
      const chat = await engine.open(
        { path: store.path(id), id },
        {
          mode,
          frames,
          signal: this.#gone.signal,
          onProgress: (progress) => send({ ...progress, conversationId }),
        },
      );
      if (!this.#gone.signal.aborted) this.#open.set(conversationId, { chat });
      return { conversationId, videoTokens: chat.videoTokens, frames: [...chat.frames] };
    } finally {
      this.#opening--;
    }
  }

  /** Starts an answer and returns at once. Throws `question_too_long`, `not_found`, `busy`. */
  ask({ conversationId, question, ...sampling }: z.output<typeof askQuestion>): void {
    if (question.length > maxQuestionLength) {
      throw new AppError('question_too_long', `A question can have ${maxQuestionLength} characters at most.`);
    }
    const conversation = this.#find(conversationId);
    if (conversation.answering !== undefined) {
      throw new AppError('busy', 'This conversation is still answering; stop it or wait for the end.');
    }
    const stop = new AbortController();
    const events = conversation.chat.ask(question, { ...sampling, signal: stop.signal });
    const finished = this.#forward(conversationId, events).finally(() => {
      delete conversation.answering;
    });
    conversation.answering = { stop, finished };
  }

  /** Stops the running answer, if there is one. Throws `not_found`. */
  stop(conversationId: string): void {
    this.#find(conversationId).answering?.stop.abort();
  }

  /** Throws `not_found`. */
  async close(conversationId: string): Promise<void> {
    const conversation = this.#find(conversationId);
    this.#open.delete(conversationId);
    conversation.answering?.stop.abort();
    await conversation.answering?.finished;
  }

  /** The client is gone: stops all work and frees all conversations. */
  async dispose(): Promise<void> {
    this.#gone.abort();
    await Promise.all([...this.#open.keys()].map((id) => this.close(id)));
  }

  #find(conversationId: string): Conversation {
    const conversation = this.#open.get(conversationId);
    if (conversation === undefined)
      throw new AppError('not_found', 'There is no open conversation with this id.');
    return conversation;
  }

  async #forward(conversationId: string, events: ReturnType<Chat['ask']>): Promise<void> {
    const { send, onFailure } = this.#options;
    try {
      for await (const event of events) send({ ...event, conversationId });
    } catch (thrown) {
      const error = toAppError(thrown);
      onFailure(error);
      send({ type: 'error', conversationId, code: error.code, message: error.message });
    }
  }
}
