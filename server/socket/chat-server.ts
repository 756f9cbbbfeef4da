import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import {
  type Ack,
  askQuestion,
  type ClientToServer,
  closeConversation,
  openConversation,
  type ServerToClient,
  stopAnswer,
} from '../contract.ts';
import { type AppError, toAppError } from '../errors.ts';
import { checkAccess } from '../access.ts';
import { parseRequest } from '../parse-request.ts';
import type { ClipStore } from '../store/clip-store.ts';
import type { ChatEngine } from './chat.ts';
import { Conversations } from './conversations.ts';

export interface ChatServerOptions {
  readonly engine: ChatEngine;
  readonly store: ClipStore;
  readonly log: Logger;
  readonly apiKey: string | undefined;
}

/** Well above the longest question, so that one that is too long hears so instead of losing the connection. */
const maxMessageBytes = 1024 * 1024;

/** The chat half of the server: typed events over socket.io, on the same port as HTTP. */
export function createChatServer(
  http: HttpServer,
  { engine, store, log, apiKey }: ChatServerOptions,
): Server<ClientToServer, ServerToClient> {
  const io = new Server<ClientToServer, ServerToClient>(http, {
    serveClient: false,
    maxHttpBufferSize: maxMessageBytes,
    // socket.io takes connections from any origin, whatever its `cors` option says; only this refuses them.
    allowRequest(request, decide) {
      try {
        checkAccess(request.headers, apiKey);
        decide(null, true);
      } catch (thrown) {
        decide(toAppError(thrown).message, false);
      }
    },
  });

  io.on('connection', function serveClient(socket) {
    const onFailure = (error: AppError): void => {
      if (error.code === 'internal')
        log.error({ socket: socket.id, err: error.cause }, 'conversation failed');
      else log.info({ socket: socket.id, code: error.code }, 'conversation refused');
    };
    const send = (event: Parameters<ServerToClient['stream']>[0]) => socket.emit('stream', event);
    const conversations = new Conversations({ engine, store, send, onFailure });

    /** Answers an event's ack with what `work` returns or throws. Payloads and acks are whatever was sent. */
    async function acknowledge<T>(ack: unknown, work: () => T | Promise<T>): Promise<void> {
      const reply = (value: Ack<T>): void => {
        if (typeof ack === 'function') ack(value);
      };
      try {
        reply({ ok: true, value: await work() });
      } catch (thrown) {
        const error = toAppError(thrown);
        onFailure(error);
        reply({ ok: false, error: { code: error.code, message: error.message } });
      }
    }

    socket.on('conversation:open', (payload: unknown, ack: unknown) =>
      acknowledge(ack, () => conversations.open(parseRequest(openConversation, payload))),
    );
    socket.on('conversation:ask', (payload: unknown, ack: unknown) =>
      acknowledge(ack, () => {
        conversations.ask(parseRequest(askQuestion, payload));
        return {};
      }),
    );
    socket.on('conversation:stop', (payload: unknown, ack: unknown) =>
      acknowledge(ack, () => {
        conversations.stop(parseRequest(stopAnswer, payload).conversationId);
        return {};
      }),
    );
    socket.on('conversation:close', (payload: unknown, ack: unknown) =>
      acknowledge(ack, async () => {
        await conversations.close(parseRequest(closeConversation, payload).conversationId);
        return {};
      }),
    );
    socket.on('disconnect', () => {
      conversations.dispose().catch((err: unknown) => log.error({ err }, 'freeing a conversation failed'));
    });
  });
  return io;
}
