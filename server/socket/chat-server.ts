import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import type { Access } from '#access/access.ts';
import type { ChatService } from '#chat/chat-service.ts';
import { type ClientToServer, maxMessageBytes, type ServerToClient } from '#contract/chat.ts';
import { toAppError } from '#errors';
import type { ClientRate } from '#access/client-rate.ts';
import { Connection } from './connection.ts';

export interface ChatServerOptions {
  readonly chat: ChatService;
  readonly log: Logger;
  readonly access: Access;
  readonly rate: ClientRate;
}

/** The chat half of the server: typed events over socket.io, on the same port as HTTP. */
export function createChatServer(
  http: HttpServer,
  { chat, log, access, rate }: ChatServerOptions,
): Server<ClientToServer, ServerToClient> {
  const io = new Server<ClientToServer, ServerToClient>(http, {
    serveClient: false,
    maxHttpBufferSize: maxMessageBytes,
    // socket.io takes connections from any origin, whatever its `cors` option says; only this refuses them.
    allowRequest(request, decide) {
      try {
        access.check(request.headers);
        decide(null, true);
      } catch (thrown) {
        decide(toAppError(thrown).message, false);
      }
    },
  });
  io.on('connection', (socket) => {
    const { headers, address } = socket.handshake;
    // asked again each time: keys come and go while a connection stays
    const admit = async (toWork: boolean): Promise<void> => {
      const name = access.check(headers) ?? address;
      if (toWork) await rate.take(name);
    };
    const client = new Connection(socket, { chat, log, admit });
    socket.on('disconnect', () => client.leave());
  });
  return io;
}
