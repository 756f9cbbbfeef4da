import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import { checkAccess } from '../access.ts';
import type { ChatService } from '../chat/chat-service.ts';
import type { ClientToServer, ServerToClient } from '../chat/contract.ts';
import { toAppError } from '../errors.ts';
import { ChatClient } from './chat-client.ts';

export interface ChatServerOptions {
  readonly chat: ChatService;
  readonly log: Logger;
  readonly apiKey: string | undefined;
}

/** Well above the longest question, so that one that is too long hears so instead of losing the connection. */
const maxMessageBytes = 1024 * 1024;

/** The chat half of the server: typed events over socket.io, on the same port as HTTP. */
export function createChatServer(
  http: HttpServer,
  { chat, log, apiKey }: ChatServerOptions,
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
  io.on('connection', (socket) => {
    const client = new ChatClient(socket, chat, log);
    socket.on('disconnect', () => client.leave());
  });
  return io;
}
