import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import {
  type ChatSettings,
  type GenerationEvent,
  type VideoReceipt,
  type Message,
  type NumberedEvent,
  numberedEvent,
  type Replies,
  replies,
} from '#contract/chat.ts';

type ConnectOptions = Parameters<typeof io>[1];
export type LastEvent = Extract<GenerationEvent, { type: 'done' | 'error' }>;

/** A conversation as a test holds it: what the model saw, and where the next question goes. */
export interface OpenConversation extends VideoReceipt {
  readonly conversationId: string;
  /** Of the clip, until a question has brought it. */
  videoIds: string[];
  lastAnswer: Message | undefined;
}

/** A chat client that sends whatever a test wants to send, and remembers what it heard. */
export class ChatClient {
  readonly socket: Socket;
  readonly events: NumberedEvent[] = [];
  readonly preparations: unknown[] = [];

  constructor(url: string, options: ConnectOptions = {}) {
    this.socket = io(url, { forceNew: true, reconnection: false, transports: ['websocket'], ...options });
    this.socket.on('generation', (event: unknown) => this.events.push(numberedEvent.parse(event)));
    this.socket.on('video:progress', (progress: unknown) => this.preparations.push(progress));
  }

  /** Sends an event and resolves to its acknowledgement. */
  send(event: string, payload: unknown) {
    return this.socket.timeout(60_000).emitWithAck(event, payload);
  }

  /** Sends a request that has to succeed. */
  async request<Name extends keyof Replies>(name: Name, payload: unknown): Promise<Replies[Name]> {
    const reply = await this.send(name, payload);
    if (!reply.ok) throw new Error(`${name}: ${JSON.stringify(reply)}`);
    replies[name].parse(reply.value);
    return reply.value;
  }

  /** Has the model look at a clip and creates a conversation about it. */
  async open(
    videoId: string,
    { mode = 'stan', frames }: { mode?: 'stan' | 'plain'; frames?: number } = {},
  ): Promise<OpenConversation> {
    const settings = { mode, ...(frames !== undefined && { frames }) };
    const look = await this.request('video:prepare', { videoId, ...settings });
    const { conversation } = await this.request('conversation:create', { settings });
    return { ...look, conversationId: conversation.id, videoIds: [videoId], lastAnswer: undefined };
  }

  /** Sends a question; resolves once it is taken. */
  async begin(talk: OpenConversation, text: string, settings: ChatSettings = {}): Promise<Message> {
    const { conversationId, videoIds, lastAnswer } = talk;
    const request = { conversationId, parentId: lastAnswer?.id ?? null, text, videoIds, settings };
    const { answer } = await this.request('message:send', { ...request, key: randomUUID() });
    talk.lastAnswer = answer;
    talk.videoIds = [];
    return answer;
  }

  /** Asks and resolves to the event that ends the answer. */
  async ask(talk: OpenConversation, text: string, settings: ChatSettings = {}): Promise<LastEvent> {
    return await this.lastEvent(await this.begin(talk, text, settings));
  }

  /** The event that ends an answer. Throws once the connection is gone. */
  lastEvent(answer: Message): Promise<LastEvent> {
    return this.#first(answer, (event) => event.type === 'done' || event.type === 'error');
  }

  /** Resolves once an answer has prefill to be said. Throws once the connection is gone. */
  async firstWords(answer: Message): Promise<void> {
    await this.#first(answer, (event) => event.type === 'token');
  }

  async #first<E extends GenerationEvent>(
    { generationId }: Message,
    isWanted: (event: GenerationEvent) => event is E,
  ): Promise<E> {
    for (;;) {
      for (const { generationId: whose, event } of this.events) {
        if (whose === generationId && isWanted(event)) return event;
      }
      if (!this.socket.connected) throw new Error('the connection is gone');
      await pause(5);
    }
  }
}
