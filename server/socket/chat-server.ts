import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server, type Socket } from 'socket.io';
import type { Access } from '#access/access.ts';
import type { ClientRate } from '#access/client-rate.ts';
import type { Leases } from '#access/leases.ts';
import type { ChatService } from '#chat/chat-service.ts';
import { type ClientToServer, maxMessageBytes, type ServerToClient } from '#contract/chat.ts';
import { Background } from '#core/background.ts';
import { type Principal, requireWriter } from '#core/principal.ts';
import { toAppError } from '#errors';
import { viewerOf } from '#store/viewer.ts';
import { adminRoom, Connection, ownerRoom } from './connection.ts';
import { ConnectionCount } from './connection-count.ts';

export interface ChatServerOptions {
  readonly chat: ChatService;
  readonly log: Logger;
  readonly access: Access;
  readonly leases: Leases;
  readonly rate: ClientRate;
  /** Of one key, or of one address without a key; 0 is no limit. */
  readonly maxConnections?: number;
}

type ChatSocket = Socket<ClientToServer, ServerToClient>;

/** The chat half of the server: typed events over socket.io, on the same port as HTTP. */
export function createChatServer(http: HttpServer, options: ChatServerOptions): ChatServer {
  return new ChatServer(http, options);
}

export class ChatServer {
  readonly #io: Server<ClientToServer, ServerToClient>;
  readonly #options: ChatServerOptions;
  readonly #background: Background;
  readonly #count: ConnectionCount;
  readonly #principals = new WeakMap<IncomingMessage, Principal>();

  constructor(http: HttpServer, options: ChatServerOptions) {
    const { log, maxConnections = 0 } = options;
    this.#options = options;
    this.#background = new Background((what, error) => log.error({ err: error }, what));
    this.#count = new ConnectionCount(maxConnections);
    this.#io = new Server<ClientToServer, ServerToClient>(http, {
      serveClient: false,
      maxHttpBufferSize: maxMessageBytes,
      // socket.io takes connections from any origin, whatever its `cors` option says; only this refuses them.
      allowRequest: (request, decide) => {
        try {
          this.#count.requireFree(this.#principalOf(request).client);
          decide(null, true);
        } catch (thrown) {
          decide(toAppError(thrown).message, false);
        }
      },
    });
    // every request of a session that polls, not its first one alone
    this.#io.engine.use((request: IncomingMessage, _response: unknown, next: (error?: unknown) => void) => {
      options.access.admit(request, { isSocket: true }).then(
        (principal) => {
          this.#principals.set(request, principal);
          next();
        },
        (thrown: unknown) => next(toAppError(thrown)),
      );
    });
    this.#io.engine.on('connection', (connection: EngineConnection) => {
      this.#background.attempt('a connection could not be counted', () => {
        connection.once('close', this.#count.add(this.#principalOf(connection.request).client));
      });
    });
    this.#io.on('connection', (socket) => {
      this.#background.run('a connection could not be taken', () => this.#take(socket));
    });
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
    const { chat, log, access, leases, rate } = this.#options;
    const principal = this.#principalOf(socket.request);
    const viewer = viewerOf(principal);
    const release = leases.hold(principal, () => {
      log.info({ socket: socket.id }, 'a connection whose key was revoked was closed');
      socket.disconnect(true);
    });
    socket.once('disconnect', release);
    new Connection(socket, {
      chat,
      log,
      background: this.#background,
      client: principal.client,
      who: { from: principal.address, user: principal.userName, key: principal.keyId ?? undefined },
      // asked again each time: keys come and go while a connection stays
      admit: async (cost) => {
        access.recheck(principal);
        if (cost === 'work') requireWriter(principal);
        if (cost !== 'end') await rate.take(principal.client);
        return viewer;
      },
    });
    const { user, seesAll } = viewer;
    await socket.join(seesAll ? [ownerRoom(user), adminRoom] : ownerRoom(user));
  }

  /** Of a request that was let in. */
  #principalOf(request: IncomingMessage): Principal {
    const principal = this.#principals.get(request);
    if (principal === undefined) throw new RangeError('the request was not let in');
    return principal;
  }
}

/** Of engine.io, below socket.io. */
interface EngineConnection {
  readonly request: IncomingMessage;
  once(event: 'close', listener: () => void): void;
}
