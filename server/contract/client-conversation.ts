import type { ChatSettings, GenerationEvent, Message, NumberedEvent, VideoReceipt } from './chat.ts';
import { ChatClient, type ChatEvents, type ChatSocket, newKey } from './client-chat.ts';
import { unreachable } from './client-error.ts';

export type EndEvent = Extract<GenerationEvent, { type: 'done' | 'error' }>;

/** A conversation as a program holds it: what the model saw, and where the next question goes. */
export interface OpenConversation extends VideoReceipt {
  readonly conversationId: string;
  /** Of the clip, until a question has brought it. */
  videoIds: string[];
  lastAnswer: Message | undefined;
}

/** A chat client for programs: holds conversations, and keeps their events until they are deleted. */
export class ConversationClient extends ChatClient {
  /** In the order in which they came. */
  readonly events: NumberedEvent[];
  /** Get each new event, and none when the connection changes. */
  readonly #waiting: Set<(events: readonly NumberedEvent[]) => void>;
  readonly #socket: ChatSocket;

  constructor(socket: ChatSocket, handlers: Omit<ChatEvents, 'onGeneration'>) {
    const events: NumberedEvent[] = [];
    const waiting = new Set<(events: readonly NumberedEvent[]) => void>();
    super(socket, {
      ...handlers,
      onGeneration: (event) => {
        events.push(event);
        for (const look of waiting) look([event]);
      },
      onConnection: (isOpen) => {
        handlers.onConnection?.(isOpen);
        for (const look of waiting) look([]);
      },
    });
    this.events = events;
    this.#waiting = waiting;
    this.#socket = socket;
  }

  /** Has a clip encoded and creates a conversation about it. */
  async open(videoId: string, settings: ChatSettings = {}): Promise<OpenConversation> {
    const { mode = 'stan', frames } = settings;
    const receipt = await this.request('video:prepare', { videoId, mode, frames });
    const { conversation } = await this.request('conversation:create', { settings: { ...settings, mode } });
    return { ...receipt, conversationId: conversation.id, videoIds: [videoId], lastAnswer: undefined };
  }

  /** Sends a question; resolves to its answer, which is still empty. */
  async begin(conversation: OpenConversation, text: string, settings: ChatSettings = {}): Promise<Message> {
    const { conversationId, videoIds, lastAnswer } = conversation;
    const question = { conversationId, parentId: lastAnswer?.id ?? null, text, videoIds, settings };
    const { answer } = await this.request('message:send', { ...question, key: newKey() });
    conversation.lastAnswer = answer;
    conversation.videoIds = [];
    return answer;
  }

  /** Asks and resolves to the event that ends the answer. */
  async ask(conversation: OpenConversation, text: string, settings: ChatSettings = {}): Promise<EndEvent> {
    return this.end(await this.begin(conversation, text, settings));
  }

  /** The event that ends an answer. Throws `unreachable` once the connection is gone. */
  end(answer: Message): Promise<EndEvent> {
    return this.#first(answer, (event) => event.type === 'done' || event.type === 'error');
  }

  /** Resolves at the first token of an answer. Throws `unreachable` once the connection is gone. */
  async firstToken(answer: Message): Promise<void> {
    await this.#first(answer, (event) => event.type === 'token');
  }

  async delete({ conversationId }: OpenConversation): Promise<void> {
    await this.request('conversation:delete', { conversationId });
    const others = this.events.filter((event) => event.conversationId !== conversationId);
    this.events.splice(0, this.events.length, ...others);
  }

  #first<E extends GenerationEvent>(
    { generationId }: Message,
    isWanted: (event: GenerationEvent) => event is E,
  ): Promise<E> {
    return new Promise((resolve, reject) => {
      const look = (events: readonly NumberedEvent[]): void => {
        const found = events
          .flatMap((one) => (one.generationId === generationId ? one.event : []))
          .find(isWanted);
        if (found !== undefined) resolve(found);
        else if (!this.#socket.connected) reject(unreachable());
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look(this.events);
    });
  }
}
