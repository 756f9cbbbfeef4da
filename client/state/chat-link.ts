import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import {
  type ClientToServer,
  type encoderMode,
  type OpenedConversation,
  openedConversation,
  type ServerToClient,
  type StreamEvent,
  streamEvent,
} from '../../server/contract.ts';
import { PageError, unreachable } from './failure.ts';

export type EncoderMode = z.infer<typeof encoderMode>;

export interface ChatLinkOptions {
  readonly onEvent: (event: StreamEvent) => void;
  /** The connection broke, and with it the conversation; never called after `close`. */
  readonly onLost: () => void;
}

const refused = z.object({
  ok: z.literal(false),
  error: z.object({ code: z.string(), message: z.string() }),
});

const nothing = z.object({});

/** Takes the value out of an acknowledgement, which is whatever came over the wire. */
function acknowledged<T>(schema: z.ZodType<T>, reply: unknown): T {
  const parsed = z.union([z.object({ ok: z.literal(true), value: schema }), refused]).safeParse(reply).data;
  if (parsed === undefined) throw new PageError('internal', 'The server sent a reply this page cannot read.');
  if (!parsed.ok) throw new PageError(parsed.error.code, parsed.error.message);
  return parsed.value;
}

/**
 * A conversation on its own connection: closing it stops and frees everything on the server, and no event of an
 * earlier conversation can reach a later one. Every method that waits throws `PageError`.
 */
export class ChatLink {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #options: ChatLinkOptions;
  #conversationId = '';

  constructor(options: ChatLinkOptions) {
    this.#options = options;
    this.#socket = io({
      autoConnect: false,
      forceNew: true,
      // A broken connection ends the conversation on the server; there would be nothing to come back to.
      reconnection: false,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
    });
    this.#socket.on('stream', (payload: unknown) => {
      const event = streamEvent.safeParse(payload).data;
      if (event !== undefined) options.onEvent(event);
    });
  }

  /** Connects and has the server look at the clip; may take as long as the clip needs. */
  async open(videoId: string, mode: EncoderMode): Promise<OpenedConversation> {
    await this.#connect();
    const reply = await this.#socket
      .emitWithAck('conversation:open', { videoId, mode })
      .catch(connectionLost);
    const opened = acknowledged(openedConversation, reply);
    this.#conversationId = opened.conversationId;
    return opened;
  }

  /** Resolves once the question is taken; the answer comes as events. */
  async ask(question: string): Promise<void> {
    const request = { conversationId: this.#conversationId, question };
    acknowledged(nothing, await this.#socket.emitWithAck('conversation:ask', request).catch(connectionLost));
  }

  /** Resolves once the server heard it; the answer's last event follows. */
  async stop(): Promise<void> {
    const request = { conversationId: this.#conversationId };
    acknowledged(nothing, await this.#socket.emitWithAck('conversation:stop', request).catch(connectionLost));
  }

  close(): void {
    this.#socket.off('disconnect');
    this.#socket.disconnect();
  }

  #connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('connect_error', () => reject(unreachable()));
      this.#socket.on('disconnect', this.#options.onLost);
      this.#socket.connect();
    });
  }
}

/** Acknowledgements fail for one reason only: the connection went while they were awaited. */
function connectionLost(): never {
  throw unreachable();
}
