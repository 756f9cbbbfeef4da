import { z } from 'zod';
import {
  conversationChange,
  type NumberedEvent,
  numberedEvent,
  type Replies,
  replies,
  type requests,
} from './chat.ts';
import { ClientError, unreachable, unreadable } from './client-error.ts';
import { progressEvent, videoId } from './rest.ts';

/** What is used of a socket of socket.io-client. */
export interface ChatSocket {
  readonly connected: boolean;
  on(event: string, listener: (payload: unknown) => void): unknown;
  off(event: string, listener: (payload: unknown) => void): unknown;
  emitWithAck(event: string, payload: unknown): Promise<unknown>;
}

export type Payload<Name extends keyof Replies> = z.input<(typeof requests)[Name]>;

const prepareProgress = progressEvent.extend({ videoId });
export type PrepareProgress = z.infer<typeof prepareProgress>;

export interface ChatEvents {
  /** What happens to an answer that this client follows. */
  readonly onGeneration?: (event: NumberedEvent) => void;
  /** How far a `video:prepare` of this client is. */
  readonly onPrepareProgress?: (progress: PrepareProgress) => void;
  /** Another client changed a conversation, or deleted it. */
  readonly onConversationChanged?: (conversationId: string) => void;
  /** The connection is there, or not any more. */
  readonly onConnection?: (isOpen: boolean) => void;
  /** An event that is not what the contract says: part of an answer is missing. */
  readonly onUnreadable: (error: ClientError) => void;
}

const ack = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
]);
const schemas: { readonly [Name in keyof Replies]: z.ZodType<Replies[Name]> } = replies;

/** The server's socket half: typed requests with their replies, and typed events. The socket stays its owner's. */
export class ChatClient {
  readonly #socket: ChatSocket;

  constructor(
    socket: ChatSocket,
    { onGeneration, onPrepareProgress, onConversationChanged, onConnection, onUnreadable }: ChatEvents,
  ) {
    this.#socket = socket;
    const listen = <T>(event: string, schema: z.ZodType<T>, listener?: (payload: T) => void): void => {
      socket.on(event, (payload) => {
        const parsed = schema.safeParse(payload);
        if (parsed.success) listener?.(parsed.data);
        else onUnreadable(unreadable(`an event "${event}"`, parsed.error));
      });
    };
    listen('generation', numberedEvent, onGeneration);
    listen('video:progress', prepareProgress, onPrepareProgress);
    listen('conversation:changed', conversationChange, ({ conversationId }) =>
      onConversationChanged?.(conversationId),
    );
    socket.on('connect', () => onConnection?.(true));
    for (const event of ['disconnect', 'connect_error']) socket.on(event, () => onConnection?.(false));
  }

  /**
   * What the server answers; waits for a connection that is being made. Throws `ClientError`: what the server refuses,
   * or `unreachable`, `unreadable`.
   */
  async request<Name extends keyof Replies>(name: Name, payload: Payload<Name>): Promise<Replies[Name]> {
    if (!this.#socket.connected) await this.#connected();
    // an acknowledgement fails where the connection went, or the socket's `ackTimeout` passed
    const reply = await this.#socket.emitWithAck(name, payload).catch((cause: unknown) => {
      throw unreachable(cause);
    });
    const { data } = ack.safeParse(reply);
    if (data?.ok === false) throw new ClientError(data.error.code, data.error.message);
    const value = schemas[name].safeParse(data?.value);
    if (!value.success) throw unreadable(`a reply to "${name}"`, value.error);
    return value.data;
  }

  async #connected(): Promise<void> {
    let connect = (): void => undefined;
    let fail = (_cause: unknown): void => undefined;
    const outcome = new Promise<void>((resolve, reject) => {
      connect = resolve;
      fail = (cause) => reject(unreachable(cause));
    });
    this.#socket.on('connect', connect);
    this.#socket.on('connect_error', fail);
    try {
      await outcome;
    } finally {
      this.#socket.off('connect', connect);
      this.#socket.off('connect_error', fail);
    }
  }
}

/** Names a sending, so that the server knows one that is sent again. `randomUUID` is missing on pages over plain http. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join('-');
}
