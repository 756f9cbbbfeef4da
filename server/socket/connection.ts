import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import type { z } from 'zod';
import type { ChatService } from '#chat/chat-service.ts';
import {
  type Ack,
  type ClientToServer,
  type Replies,
  type Requests,
  requests,
  type ServerToClient,
} from '#contract/chat.ts';
import { runAsClient } from '#core/client-context.ts';
import type { Background } from '#core/background.ts';
import { parseRequest } from '#core/parse-request.ts';
import { AppError, toAppError } from '#errors';
import type { StoredConversation } from '#store/chat-rows.ts';
import type { Viewer } from '#store/viewer.ts';
import { handlers, type RequestCost } from './handlers.ts';
import { isDrained } from './is-drained.ts';
import { Preparations } from './preparations.ts';
import { Subscriptions } from './subscriptions.ts';

export interface ConnectionOptions {
  readonly chat: ChatService;
  readonly log: Logger;
  readonly background: Background;
  /** Identifies it for queues and limits. */
  readonly client: string;
  /** Who it is, for the log. */
  readonly who: Readonly<Record<string, string | undefined>>;
  /** Says on whose behalf a request is handled. Throws where this client may not ask for that, or for so much. */
  readonly admit: (cost: RequestCost) => Promise<Viewer>;
}

const schemas: { readonly [Name in keyof Requests]: z.ZodType<Requests[Name]> } = requests;

/** Requests of one connection that are not answered yet. */
const maxUnanswered = 64;
/** Milliseconds between two looks at a connection that had not taken the last reply yet. */
const retryMs = 10;

/** One connection: its requests, and the answers that it is subscribed to. */
export class Connection {
  readonly #socket: Socket<ClientToServer, ServerToClient>;
  readonly #options: ConnectionOptions;
  readonly #preparations: Preparations;
  readonly #subscriptions: Subscriptions;
  #unanswered = 0;
  /** The end of the last read: they take turns, so that replies cannot pile up. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(socket: Socket<ClientToServer, ServerToClient>, options: ConnectionOptions) {
    const { chat, background } = options;
    this.#socket = socket;
    this.#options = options;
    this.#preparations = new Preparations((videoId, progress) => {
      socket.emit('video:progress', { ...progress, videoId });
    });
    this.#subscriptions = new Subscriptions({ socket, chat, background });
    socket.onAny((name: string, payload: unknown, ack: unknown) => {
      background.run('a request could not be answered', () => this.#answer(name, payload, ack));
    });
    socket.on('disconnect', () => background.attempt('a connection could not be closed', () => this.close()));
  }

  /** Ends everything that the connection wanted. */
  close(): void {
    this.#preparations.cancelAll();
    this.#subscriptions.closeAll();
  }

  /** Payload and ack are whatever was sent. */
  async #answer(name: string, payload: unknown, ack: unknown): Promise<void> {
    const { log } = this.#options;
    const reply = (value: Ack<unknown>): void => {
      if (typeof ack === 'function') ack(value);
    };
    if (this.#unanswered >= maxUnanswered && !isDrained(this.#socket)) {
      log.info({ socket: this.#socket.id }, 'a connection that asks without reading was closed');
      this.#socket.disconnect(true);
      return;
    }
    // whatever a client calls a request: only the names there are can be long
    const request = name.slice(0, 100);
    const where = { socket: this.#socket.id, request, ...this.#options.who };
    this.#unanswered += 1;
    try {
      reply({ ok: true, value: await this.#value(name, payload) });
      log.info(where, 'a request was answered');
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'internal') log.error({ ...where, err: error.cause }, 'a request failed');
      else log.info({ ...where, code: error.code }, 'a request was refused');
      reply({ ok: false, error: { code: error.code, message: error.message } });
    } finally {
      this.#unanswered -= 1;
    }
  }

  async #value(name: string, payload: unknown): Promise<unknown> {
    if (!isRequest(name)) throw new AppError('invalid_request', 'There is no request of this name.');
    const { cost } = handlers[name];
    if (this.#unanswered > maxUnanswered && cost !== 'end') {
      const message = `${maxUnanswered} requests of this connection are not answered yet; wait for them.`;
      throw new AppError('rate_limited', message, { retryAfter: 1 });
    }
    const viewer = await this.#options.admit(cost);
    if (cost !== 'read') return this.#handle(name, payload, viewer);
    const value = this.#reading.then(async () => {
      await this.#drained();
      return this.#handle(name, payload, viewer);
    });
    this.#reading = value.catch(() => undefined);
    return value;
  }

  async #handle<Name extends keyof Requests>(
    name: Name,
    payload: unknown,
    viewer: Viewer,
  ): Promise<Replies[Name]> {
    const schema: z.ZodType<Requests[Name]> = schemas[name];
    const context = {
      chat: this.#options.chat,
      viewer,
      preparations: this.#preparations,
      subscriptions: this.#subscriptions,
      announce: (conversation: StoredConversation) => this.#announce(conversation),
    };
    const request = parseRequest(schema, payload);
    return runAsClient(this.#options.client, () => handlers[name].handle(request, context));
  }

  #announce({ id: conversationId, owner, shared }: StoredConversation): void {
    const others = shared ? this.#socket.broadcast : this.#socket.to([ownerRoom(owner), adminRoom]);
    others.emit('conversation:changed', { conversationId });
  }

  /** Resolves when the client has taken what was sent to it. Throws `cancelled` once it is gone. */
  async #drained(): Promise<void> {
    while (!isDrained(this.#socket)) {
      if (!this.#socket.connected) throw new AppError('cancelled', 'The connection is gone.');
      await pause(retryMs);
    }
  }
}

/** Connections of one user, and of those who see all. */
export const ownerRoom = (user: string): string => `user ${user}`;
export const adminRoom = 'admins';

function isRequest(name: string): name is keyof Requests {
  return Object.hasOwn(handlers, name);
}
