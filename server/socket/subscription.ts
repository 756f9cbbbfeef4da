import type { Socket } from 'socket.io';
import type { ChatService } from '#chat/chat-service.ts';
import type { ClientToServer, GenerationEvent, NumberedEvent, ServerToClient } from '#contract/chat.ts';
import type { Background } from '#core/background.ts';
import { toAppError } from '#errors';
import type { Viewer } from '#store/viewer.ts';
import { isDrained } from './is-drained.ts';

/** Milliseconds between two looks at a connection that had not taken the last message yet. */
const retryMs = 10;

export interface SubscriptionParts {
  readonly socket: Socket<ClientToServer, ServerToClient>;
  readonly chat: Pick<ChatService, 'subscribe' | 'missed'>;
  readonly background: Background;
}

export interface SubscriptionOptions {
  readonly viewer: Viewer;
  readonly generationId: string;
  readonly after: number;
  /** Called once, after the last event or `close`. */
  readonly onEnd: () => void;
}

/**
 * One connection's subscription to one answer. A slow reader is sent nothing until it has caught up; what it missed is
 * then read from the store, words in one piece, so a slow reader cannot grow server memory.
 */
export class Subscription {
  readonly #parts: SubscriptionParts;
  readonly #options: SubscriptionOptions;
  #conversationId = '';
  #sent: number;
  #sentText = '';
  #isBehind = false;
  #isClosed = false;
  #cancelCatchUp = (): void => undefined;
  #unsubscribe = (): void => undefined;

  constructor(parts: SubscriptionParts, options: SubscriptionOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#sent = options.after;
  }

  /** Returns the number of the last stored event. Throws `not_found`. */
  start(): number {
    const { viewer, generationId, after } = this.#options;
    try {
      const { conversationId, lastSeq, unsubscribe } = this.#parts.chat.subscribe(viewer, generationId, {
        after,
        subscriber: (event) => this.#onEvent(event),
      });
      this.#conversationId = conversationId;
      this.#unsubscribe = unsubscribe;
      // its last event may have been among the stored ones
      if (this.#isClosed) unsubscribe();
      return lastSeq;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelCatchUp();
    this.#unsubscribe();
    this.#options.onEnd();
  }

  #onEvent(event: NumberedEvent): void {
    if (this.#isBehind || this.#isClosed) return;
    if (isDrained(this.#parts.socket)) this.#send(event);
    else this.#catchUpLater();
  }

  #catchUpLater(): void {
    this.#isBehind = true;
    this.#cancelCatchUp = this.#parts.background.after(retryMs, 'a slow reader could not catch up', () =>
      this.#catchUp(),
    );
  }

  #catchUp(): void {
    const { socket, chat } = this.#parts;
    if (this.#isClosed || !socket.connected) return;
    if (!isDrained(socket)) {
      this.#catchUpLater();
      return;
    }
    this.#isBehind = false;
    const { viewer, generationId } = this.#options;
    try {
      const missed = joinTokens(chat.missed(viewer, generationId, this.#sent));
      for (const event of this.#withWords(missed)) this.#onEvent(event);
    } catch (thrown) {
      // the answer is gone, or may not be read any more, or cannot be read now: the reader is told, and may subscribe again
      this.#fail(thrown);
      throw thrown;
    }
  }

  /** Of an answer that has ended, the store has the last event alone: the words before it are taken from its text. */
  #withWords(missed: readonly NumberedEvent[]): readonly NumberedEvent[] {
    const [last] = missed;
    if (last === undefined || !isLast(last.event) || last.seq <= this.#sent + 1) return missed;
    if (this.#options.after > 0 || !last.event.text.startsWith(this.#sentText)) return missed;
    const text = last.event.text.slice(this.#sentText.length);
    return text === '' ? missed : [{ ...last, seq: last.seq - 1, event: { type: 'token', text } }, last];
  }

  #fail(thrown: unknown): void {
    const { code, message } = toAppError(thrown);
    const { generationId } = this.#options;
    this.#send({
      conversationId: this.#conversationId,
      generationId,
      seq: this.#sent + 1,
      event: { type: 'error', text: '', code, message },
    });
  }

  #send(event: NumberedEvent): void {
    this.#parts.socket.emit('generation', event);
    this.#sent = event.seq;
    if (event.event.type === 'token') this.#sentText += event.event.text;
    if (isLast(event.event)) this.close();
  }
}

function isLast(event: GenerationEvent): event is Extract<GenerationEvent, { type: 'done' | 'error' }> {
  return event.type === 'done' || event.type === 'error';
}

/** Tokens that follow each other become one event, with the number of the last. */
function joinTokens(events: readonly NumberedEvent[]): NumberedEvent[] {
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
