import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import {
  type ClientToServer,
  type GenerationEvent,
  type Look,
  numberedEvent,
  replies,
  type ServerToClient,
} from '../../server/chat/contract.ts';
import { type encoderMode, progressEvent } from '../../server/contract.ts';
import { PageError, unreachable } from './failure.ts';

export type EncoderMode = z.infer<typeof encoderMode>;

export interface ChatLinkOptions {
  readonly onEvent: (event: GenerationEvent) => void;
  /** The connection broke, and with it the conversation; never called after `close`. */
  readonly onLost: () => void;
}

const refused = z.object({
  ok: z.literal(false),
  error: z.object({ code: z.string(), message: z.string() }),
});

/** Takes the value out of an acknowledgement, which is whatever came over the wire. */
function acknowledged<T>(schema: z.ZodType<T>, reply: unknown): T {
  const parsed = z.union([z.object({ ok: z.literal(true), value: schema }), refused]).safeParse(reply).data;
  if (parsed === undefined) throw new PageError('internal', 'The server sent a reply this page cannot read.');
  if (!parsed.ok) throw new PageError(parsed.error.code, parsed.error.message);
  return parsed.value;
}

/** Names a sending, so that the server can tell it from another. `randomUUID` is not there on plain http. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join('-');
}

/**
 * A conversation on its own connection: no event of an earlier conversation can reach a later one, and what is running
 * when it closes ends on the server soon after. Every method that waits throws `PageError`.
 */
export class ChatLink {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #options: ChatLinkOptions;
  #conversationId = '';
  /** Of the clip, until a question has brought it. */
  #videoIds: string[] = [];
  #asking: Promise<void> | undefined;
  #lastAnswer: { readonly id: string; readonly generationId: string | null } | undefined;

  constructor(options: ChatLinkOptions) {
    this.#options = options;
    this.#socket = io({
      autoConnect: false,
      forceNew: true,
      // A page that lost its connection shows so, and offers to open the clip again.
      reconnection: false,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
    });
    this.#socket.on('generation', (payload: unknown) => {
      const numbered = numberedEvent.safeParse(payload).data;
      if (numbered?.conversationId === this.#conversationId) options.onEvent(numbered.event);
    });
    this.#socket.on('look', (payload: unknown) => {
      const progress = progressEvent.safeParse(payload).data;
      if (progress !== undefined) options.onEvent(progress);
    });
  }

  /** Connects and has the server look at the clip; may take as long as the clip needs. */
  async open(videoId: string, mode: EncoderMode): Promise<Look> {
    await this.#connect();
    const looked = await this.#socket.emitWithAck('video:look', { videoId, mode }).catch(connectionLost);
    const seen = acknowledged(replies['video:look'], looked);
    const settings = { mode };
    const created = await this.#socket.emitWithAck('conversation:create', { settings }).catch(connectionLost);
    this.#conversationId = acknowledged(replies['conversation:create'], created).conversation.id;
    this.#videoIds = [videoId];
    return seen;
  }

  /** Resolves once the question is taken; the answer comes as events. */
  ask(text: string): Promise<void> {
    this.#asking = this.#send(text);
    return this.#asking;
  }

  async #send(text: string): Promise<void> {
    const request = {
      conversationId: this.#conversationId,
      parentId: this.#lastAnswer?.id ?? null,
      ...{ text, videoIds: this.#videoIds, key: newKey() },
    };
    const reply = await this.#socket.emitWithAck('message:send', request).catch(connectionLost);
    this.#lastAnswer = acknowledged(replies['message:send'], reply).answer;
    this.#videoIds = [];
  }

  /** Resolves once the server heard it; the answer's last event follows. */
  async stop(): Promise<void> {
    // which answer it is, is known once the question is taken; if it was not, there is nothing to stop
    await this.#asking?.catch(() => undefined);
    const generationId = this.#lastAnswer?.generationId;
    if (!generationId) return;
    const reply = await this.#socket.emitWithAck('generation:stop', { generationId }).catch(connectionLost);
    acknowledged(replies['generation:stop'], reply);
  }

  /** What is being answered is stopped, for nobody will read it here. */
  close(): void {
    this.#socket.off('disconnect');
    const generationId = this.#lastAnswer?.generationId;
    if (generationId && this.#socket.connected)
      this.#socket.emit('generation:stop', { generationId }, () => undefined);
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
