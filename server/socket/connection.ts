import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import type { z } from 'zod';
import type { ChatService } from '#chat/chat-service.ts';
import type { StoredMessage } from '#store/chat-rows.ts';
import type { Sent } from '#store/chat-store.ts';
import {
  type Ack,
  type ClientToServer,
  type Message,
  type Replies,
  requests,
  type ServerToClient,
} from '#contract/chat.ts';
import { AppError, toAppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';
import { Subscription } from './subscription.ts';

export interface ConnectionOptions {
  readonly chat: ChatService;
  readonly log: Logger;
  /** Throws where this client may not ask for anything any more, or has asked for too much work. */
  readonly admit: (toWork: boolean) => Promise<void>;
}

/** Requests that cost much: they make the model work, or bring a lot. */
const work: ReadonlySet<string> = new Set([
  'video:prepare',
  'message:send',
  'message:regenerate',
  'message:continue',
  'conversation:import',
]);

/** One connection: its requests, and the answers that it follows. */
export class Connection {
  readonly #socket: Socket<ClientToServer, ServerToClient>;
  readonly #chat: ChatService;
  readonly #log: Logger;
  readonly #admit: ConnectionOptions['admit'];
  readonly #gone = new AbortController();
  /** Of each clip, how to stop looking at it. */
  readonly #preparations = new Map<string, AbortController>();
  readonly #listeners = new Map<string, Subscription>();
  readonly #handlers = new Map<string, (payload: unknown) => Promise<unknown>>();

  constructor(socket: Socket<ClientToServer, ServerToClient>, { chat, log, admit }: ConnectionOptions) {
    this.#socket = socket;
    this.#admit = admit;
    this.#chat = chat;
    this.#log = log;
    this.#takeRequests();
    socket.onAny((name: string, payload: unknown, ack: unknown) => {
      void this.#answer(name, payload, ack);
    });
  }

  /** The connection is gone: stops listening, and looking at clips. */
  leave(): void {
    this.#gone.abort();
    for (const listener of this.#listeners.values()) listener.leave();
  }

  #takeRequests(): void {
    const chat = this.#chat;
    this.#on('video:prepare', requests['video:prepare'], (request) => {
      const { videoId } = request;
      const stop = this.#preparations.get(videoId) ?? new AbortController();
      this.#preparations.set(videoId, stop);
      return chat.prepare(request, {
        signal: AbortSignal.any([stop.signal, this.#gone.signal]),
        onProgress: (progress) => this.#socket.emit('video:progress', { ...progress, videoId }),
      });
    });
    this.#on('video:cancel', requests['video:cancel'], ({ videoId }) => {
      this.#preparations.get(videoId)?.abort();
      this.#preparations.delete(videoId);
      return {};
    });
    this.#on('conversation:create', requests['conversation:create'], (request) => ({
      conversation: chat.create(request),
    }));
    this.#on('conversation:list', requests['conversation:list'], (request) => ({
      conversations: chat.list(request),
    }));
    this.#on('conversation:import', requests['conversation:import'], async (file) => {
      const imported = await chat.import(file);
      this.#announce(imported.conversation.id);
      return imported;
    });
    this.#on('conversation:read', requests['conversation:read'], async ({ conversationId }) => {
      const { conversation, messages } = chat.read(conversationId);
      return { conversation, messages: messages.map(shown), clips: await chat.clips(conversationId) };
    });
    this.#on('conversation:rename', requests['conversation:rename'], ({ conversationId, title }) => {
      const conversation = chat.rename(conversationId, title);
      this.#announce(conversationId);
      return { conversation };
    });
    this.#on('conversation:pin', requests['conversation:pin'], ({ conversationId, pinned }) => {
      chat.pin(conversationId, pinned);
      this.#announce(conversationId);
      return {};
    });
    this.#on('conversation:delete', requests['conversation:delete'], async ({ conversationId }) => {
      await chat.delete(conversationId);
      this.#announce(conversationId);
      return {};
    });
    this.#on('message:send', requests['message:send'], async (request) =>
      this.#follow(await chat.send(request)),
    );
    this.#on('message:regenerate', requests['message:regenerate'], (request) =>
      this.#follow(chat.regenerate(request)),
    );
    this.#on('message:continue', requests['message:continue'], (request) =>
      this.#follow(chat.continue(request)),
    );
    this.#on('generation:stop', requests['generation:stop'], ({ generationId }) => {
      chat.stop(generationId);
      return {};
    });
    this.#on('generation:subscribe', requests['generation:subscribe'], ({ generationId, after }) => ({
      lastSeq: this.#listen(generationId, after),
    }));
  }

  #on<Name extends keyof Replies, T>(
    name: Name,
    schema: z.ZodType<T>,
    handle: (request: T) => Replies[Name] | Promise<Replies[Name]>,
  ): void {
    this.#handlers.set(name, async (payload) => handle(parseRequest(schema, payload)));
  }

  /** Who sends a message hears its answer from the first event. */
  #follow({ question, answer }: Sent): Replies['message:send'] {
    if (answer.generationId !== null) this.#listen(answer.generationId, 0);
    this.#announce(question.conversationId);
    return { question: shown(question), answer: shown(answer) };
  }

  /** Tells the other connections: they may list the conversation, or show it. */
  #announce(conversationId: string): void {
    this.#socket.broadcast.emit('conversation:changed', { conversationId });
  }

  #listen(generationId: string, after: number): number {
    this.#listeners.get(generationId)?.leave();
    const listener = new Subscription(this.#socket, this.#chat, generationId, after);
    void listener.ended.then(() => {
      if (this.#listeners.get(generationId) === listener) this.#listeners.delete(generationId);
    });
    this.#listeners.set(generationId, listener);
    return listener.lastSeq;
  }

  /** Payload and ack are whatever was sent. */
  async #answer(name: string, payload: unknown, ack: unknown): Promise<void> {
    const reply = (value: Ack<unknown>): void => {
      if (typeof ack === 'function') ack(value);
    };
    try {
      const handle = this.#handlers.get(name);
      if (handle === undefined) throw new AppError('invalid_request', 'There is no request of this name.');
      await this.#admit(work.has(name));
      reply({ ok: true, value: await handle(payload) });
    } catch (thrown) {
      const error = toAppError(thrown);
      const where = { socket: this.#socket.id, request: name };
      if (error.code === 'internal') this.#log.error({ ...where, err: error.cause }, 'a request failed');
      else this.#log.info({ ...where, code: error.code }, 'a request was refused');
      reply({ ok: false, error: { code: error.code, message: error.message } });
    }
  }
}

function shown({ conversationId: _within, ...message }: StoredMessage): Message {
  return message;
}
