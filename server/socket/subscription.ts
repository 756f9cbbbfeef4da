import type { Socket } from 'socket.io';
import type { ChatService } from '#chat/chat-service.ts';
import type { ClientToServer, NumberedEvent, ServerToClient } from '#contract/chat.ts';

/** Milliseconds between two looks at a connection that had not taken the last message yet. */
const lookAgainMs = 10;

/**
 * One connection listening to one answer. To a slow reader nothing is sent until it has caught up; what it missed is then
 * read from the store, words in one piece, so that no memory grows with its slowness.
 */
export class Subscription {
  /** Number of the last event of the past when listening began. */
  readonly lastSeq: number;
  /** When the last event was sent, or nobody listens any more. */
  readonly ended: Promise<void>;
  readonly #socket: Socket<ClientToServer, ServerToClient>;
  readonly #chat: ChatService;
  readonly #generationId: string;
  readonly #leave: () => void;
  #sent: number;
  #behind = false;
  #end = (): void => undefined;

  constructor(
    socket: Socket<ClientToServer, ServerToClient>,
    chat: ChatService,
    generationId: string,
    after: number,
  ) {
    this.#socket = socket;
    this.#chat = chat;
    this.#generationId = generationId;
    this.#sent = after;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { lastSeq, leave } = chat.follow(generationId, after, (event) => this.#hear(event));
    this.lastSeq = lastSeq;
    this.#leave = leave;
  }

  leave(): void {
    this.#leave();
    this.#end();
  }

  #hear(event: NumberedEvent): void {
    if (this.#behind) return;
    if (this.#socket.conn.transport.writable) {
      this.#send(event);
      return;
    }
    this.#behind = true;
    this.#catchUpLater();
  }

  #catchUpLater(): void {
    setTimeout(() => this.#catchUp(), lookAgainMs);
  }

  #catchUp(): void {
    if (!this.#socket.connected) return;
    if (!this.#socket.conn.transport.writable) {
      this.#catchUpLater();
      return;
    }
    this.#behind = false;
    const missed = joinedWords(this.#chat.missed(this.#generationId, this.#sent));
    for (const event of missed) this.#hear(event);
  }

  #send(event: NumberedEvent): void {
    this.#socket.emit('generation', event);
    this.#sent = event.seq;
    if (event.event.type === 'done' || event.event.type === 'error') this.#end();
  }
}

/** Words that follow each other become one event, with the number of the last. */
function joinedWords(events: readonly NumberedEvent[]): NumberedEvent[] {
  const joined: NumberedEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (last?.event.type === 'token' && event.event.type === 'token') {
      const text = last.event.text + event.event.text;
      joined[joined.length - 1] = { ...event, event: { type: 'token', text } };
    } else joined.push(event);
  }
  return joined;
}
