import { signal } from '@preact/signals';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import {
  type NumberedEvent,
  numberedEvent,
  type Replies,
  type Requests,
  replies,
  type requests,
} from '#contract/chat.ts';
import { progressEvent } from '#contract/rest.ts';
import { PageError, unreachable } from './failure.ts';

export type PrepareProgress = z.infer<typeof progressEvent>;
type Payload<Name extends keyof Requests> = z.input<(typeof requests)[Name]>;

export interface ConnectionEvents {
  readonly onGeneration: (event: NumberedEvent) => void;
  readonly onPrepareProgress: (progress: PrepareProgress) => void;
  /** The connection is there again: what was followed has to be followed anew. */
  readonly onBack: () => void;
}

const refused = z.object({
  ok: z.literal(false),
  error: z.object({ code: z.string(), message: z.string() }),
});

/** The page's one connection to the server, which comes back by itself. */
export class Connection {
  /** Whether the server hears us right now. */
  readonly isOpen = signal(true);
  readonly #socket: Socket;
  #wasOpen = false;

  constructor({ onGeneration, onPrepareProgress, onBack }: ConnectionEvents) {
    this.#socket = io({ transports: ['websocket', 'polling'], tryAllTransports: true });
    this.#socket.on('generation', (payload: unknown) => {
      const { data, error } = numberedEvent.safeParse(payload);
      if (data === undefined) reportUnreadable('generation', error);
      else onGeneration(data);
    });
    this.#socket.on('video:progress', (payload: unknown) => {
      const { data, error } = progressEvent.safeParse(payload);
      if (data === undefined) reportUnreadable('video:progress', error);
      else onPrepareProgress(data);
    });
    this.#socket.on('connect', () => {
      this.isOpen.value = true;
      if (this.#wasOpen) onBack();
      this.#wasOpen = true;
    });
    const lost = (): void => {
      this.isOpen.value = false;
    };
    this.#socket.on('disconnect', lost);
    this.#socket.on('connect_error', lost);
  }

  /** What the server answers. Throws `PageError`: what it refuses, or that it cannot be reached. */
  async request<Name extends keyof Requests>(name: Name, payload: Payload<Name>): Promise<Replies[Name]> {
    if (!this.#socket.connected) await this.#connected();
    const reply: unknown = await this.#socket.emitWithAck(name, payload).catch(() => {
      // an acknowledgement fails for one reason only: the connection went while it was awaited
      throw unreachable();
    });
    const accepted = z.object({
      ok: z.literal(true),
      value: z.custom<Replies[Name]>((value) => replies[name].safeParse(value).success),
    });
    const parsed = z.union([accepted, refused]).safeParse(reply).data;
    if (parsed === undefined) throw new PageError('unreadable');
    if (!parsed.ok) throw new PageError(parsed.error.code, parsed.error.message);
    return parsed.value;
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('connect_error', () => reject(unreachable()));
    });
  }
}

/** An event this page cannot read is a fault of the page or the server: text may be missing, so it must not pass silently. */
function reportUnreadable(name: string, error: unknown): void {
  console.error(`The server sent a "${name}" event that this page cannot read.`, error);
}

/** Idempotency key of a request, so that the server can tell it from another. `randomUUID` is not there on plain http. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join('-');
}
