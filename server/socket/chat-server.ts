import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server, type Socket } from 'socket.io';
import type { Access } from '#access/access.ts';
import type { ClientRate } from '#access/client-rate.ts';
import type { ChatService } from '#chat/chat-service.ts';
import { type ClientToServer, maxMessageBytes, type ServerToClient } from '#contract/chat.ts';
import { Background } from '#core/background.ts';
import { toAppError } from '#errors';
import { operator } from '#store/viewer.ts';
import { adminRoom, Connection, ownerRoom } from './connection.ts';
import { ConnectionCount } from './connection-count.ts';

export interface ChatServerOptions {
  readonly chat: ChatService;
  readonly log: Logger;
  readonly access: Access;
  readonly rate: ClientRate;
  /** Of one key, or of one address without a key; 0 is no limit. */
  readonly maxConnections?: number;
  /** Rises when keys may have changed. */
  readonly keysVersion?: () => number;
}

type ChatSocket = Socket<ClientToServer, ServerToClient>;

/** Milliseconds until a key that was taken back closes its connections. */
const revocationMs = 100;

/** The chat half of the server: typed events over socket.io, on the same port as HTTP. */
export function createChatServer(http: HttpServer, options: ChatServerOptions): ChatServer {
  return new ChatServer(http, options);
}

export class ChatServer {
  readonly #io: Server<ClientToServer, ServerToClient>;
  readonly #options: ChatServerOptions;
  readonly #background: Background;
  readonly #count: ConnectionCount;
  #keysVersion = 0;

  constructor(http: HttpServer, options: ChatServerOptions) {
    const { log, maxConnections = 0, keysVersion } = options;
    this.#options = options;
    this.#background = new Background((what, error) => log.error({ err: error }, what));
    this.#count = new ConnectionCount(maxConnections);
    this.#io = new Server<ClientToServer, ServerToClient>(http, {
      serveClient: false,
      maxHttpBufferSize: maxMessageBytes,
      // socket.io takes connections from any origin, whatever its `cors` option says; only this refuses them.
      allowRequest: (request, decide) => {
        try {
          this.#count.requireFree(this.#clientOf(request));
          decide(null, true);
        } catch (thrown) {
          decide(toAppError(thrown).message, false);
        }
      },
    });
    // every request of a session that polls, not its first one alone
    this.#io.engine.use((request: IncomingMessage, _response: unknown, next: (error?: unknown) => void) => {
      try {
        this.#clientOf(request);
        next();
      } catch (thrown) {
        next(toAppError(thrown));
      }
    });
    this.#io.engine.on('connection', (connection: EngineConnection) => {
      this.#background.attempt('a connection could not be counted', () => {
        connection.once('close', this.#count.add(this.#clientOf(connection.request)));
      });
    });
    this.#io.on('connection', (socket) => {
      this.#background.run('a connection could not be taken', () => this.#take(socket));
    });
    if (keysVersion === undefined) return;
    this.#keysVersion = keysVersion();
    this.#background.every(revocationMs, 'keys could not be looked at', () =>
      this.#closeRevoked(keysVersion()),
    );
  }

  /** Open connections. */
  get connections(): number {
    return this.#io.engine.clientsCount;
  }

  /** Closes every connection, and the HTTP server. */
  async close(): Promise<void> {
    await this.#background.close();
    await this.#io.close();
  }

  async #take(socket: ChatSocket): Promise<void> {
    const { chat, log, rate } = this.#options;
    const { user, seesAll } = operator;
    new Connection(socket, {
      chat,
      log,
      background: this.#background,
      // asked again each time: keys come and go while a connection stays
      admit: async (cost) => {
        const client = this.#clientOf(socket.request);
        if (cost !== 'end') await rate.take(client);
        return operator;
      },
    });
    await socket.join(seesAll ? [ownerRoom(user), adminRoom] : ownerRoom(user));
  }

  #closeRevoked(version: number): void {
    if (version === this.#keysVersion) return;
    this.#keysVersion = version;
    for (const socket of this.#io.of('/').sockets.values()) {
      try {
        this.#clientOf(socket.request);
      } catch {
        this.#options.log.info({ socket: socket.id }, 'a connection whose key was taken back was closed');
        socket.disconnect(true);
      }
    }
  }

  /** Throws as `Access.check`. */
  #clientOf({ headers, socket }: IncomingMessage): string {
    return this.#options.access.check(headers) ?? socket.remoteAddress ?? '';
  }
}

/** Of engine.io, below socket.io. */
interface EngineConnection {
  readonly request: IncomingMessage;
  once(event: 'close', listener: () => void): void;
}
