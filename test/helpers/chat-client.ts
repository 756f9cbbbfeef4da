import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { type SamplingSettings, type StreamEvent, streamEvent } from '../../server/contract.ts';

type ConnectOptions = Parameters<typeof io>[1];

/** A chat client that sends whatever a test wants to send, and remembers what it heard. */
export class ChatClient {
  readonly socket: Socket;
  readonly events: StreamEvent[] = [];

  constructor(url: string, options: ConnectOptions = {}) {
    this.socket = io(url, { forceNew: true, reconnection: false, transports: ['websocket'], ...options });
    this.socket.on('stream', (event: unknown) => this.events.push(streamEvent.parse(event)));
  }

  /** Sends an event and resolves to its acknowledgement. */
  send(event: string, payload: unknown) {
    return this.socket.timeout(60_000).emitWithAck(event, payload);
  }

  /** Opens a conversation and resolves to what the acknowledgement says of it. */
  async open(videoId: string, options: { mode?: 'stan' | 'plain'; frames?: number } = {}) {
    const reply = await this.send('conversation:open', { videoId, ...options });
    if (!reply.ok) throw new Error(JSON.stringify(reply));
    return reply.value;
  }

  /** Asks and resolves to the event that ends the answer. */
  async ask(conversationId: string, question: string, settings: SamplingSettings = {}): Promise<StreamEvent> {
    const from = this.events.length;
    const reply = await this.send('conversation:ask', { ...settings, conversationId, question });
    if (!reply.ok) throw new Error(JSON.stringify(reply));
    return await this.lastEvent(conversationId, from);
  }

  /** The event that ends an answer of this conversation; looks at what was heard after the first `from` events. */
  async lastEvent(conversationId: string, from = 0): Promise<StreamEvent> {
    for (;;) {
      const last = this.events
        .slice(from)
        .find((e) => e.conversationId === conversationId && (e.type === 'done' || e.type === 'error'));
      if (last !== undefined) return last;
      await pause(5);
    }
  }
}
