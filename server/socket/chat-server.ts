import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import type { Access } from '#access/access.ts';
import type { Leases } from '#access/leases.ts';
import type { ChatService } from '#chat/chat-service.ts';
import { type ClientToServer, maxMessageBytes, type ServerToClient } from '#contract/chat.ts';
import { type Principal, requireWriter } from '#core/principal.ts';
import { toAppError } from '#errors';
import type { ClientRate } from '#access/client-rate.ts';
import { Connection } from './connection.ts';

export interface ChatServerOptions {
  readonly chat: ChatService;
  readonly log: Logger;
  readonly access: Access;
  readonly leases: Leases;
  readonly rate: ClientRate;
}

/** The chat half of the server: typed events over socket.io, on the same port as HTTP. */
export function createChatServer(
  http: HttpServer,
  { chat, log, access, leases, rate }: ChatServerOptions,
): Server<ClientToServer, ServerToClient> {
  const io = new Server<ClientToServer, ServerToClient>(http, {
    serveClient: false,
    maxHttpBufferSize: maxMessageBytes,
    // socket.io takes connections from any origin, whatever its `cors` option says; only this refuses them.
    allowRequest(_request, decide) {
      decide(null, true);
    },
  });
  const principals = new WeakMap<IncomingMessage, Principal>();
  // every request of a session that polls, not its first one alone
  io.engine.use((request: IncomingMessage, _response: unknown, next: (error?: unknown) => void) => {
    access.admit(request, { isSocket: true }).then(
      (principal) => {
        principals.set(request, principal);
        next();
      },
      (thrown: unknown) => next(toAppError(thrown)),
    );
  });
  io.on('connection', (socket) => {
    const principal = principals.get(socket.request);
    if (principal === undefined) return socket.disconnect(true);
    const release = leases.hold(principal, () => socket.disconnect(true));
    // asked again each time: keys come and go while a connection stays
    const admit = async (toWork: boolean): Promise<void> => {
      access.recheck(principal);
      if (toWork) requireWriter(principal);
      if (toWork) await rate.take(principal.client);
    };
    const client = new Connection(socket, { chat, log, admit });
    socket.on('disconnect', () => {
      release();
      client.leave();
    });
  });
  return io;
}
