import type { NumberedEvent, Replies } from '#contract/chat.ts';
import { newKey } from '#contract/client-chat.ts';
import type { Connection } from './connection.ts';
import type { ViewState } from './view-state.ts';
import { type ChatScreen, isBusy } from './screen.ts';
import type { Settings } from './settings.ts';
import {
  withExchange,
  foldEvent,
  lastAnswer,
  type TreeMessage,
  runningAnswer,
  openConversation,
  withoutText,
} from './conversation.ts';

export interface AnswersParts {
  readonly view: ViewState;
  readonly connection: Connection;
  readonly settings: Settings;
  /** A conversation has a new message. */
  readonly onAsked: () => void;
}

type Sent = Replies['message:send'];

/** Questions of the conversation on the screen, and the answers that come to them. No method rejects. */
export class Answers {
  readonly #view: ViewState;
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #onAsked: () => void;
  /** Numbers of the last events heard, by generation, so that none counts twice and a new connection goes on. */
  readonly #lastSeqs = new Map<string, number>();
  #sending: Promise<void> = Promise.resolve();
  /** Events of an answer that the server has prefill and this page does not know yet. */
  #early: NumberedEvent[] = [];

  constructor({ view, connection, settings, onAsked }: AnswersParts) {
    this.#view = view;
    this.#connection = connection;
    this.#settings = settings;
    this.#onAsked = onAsked;
  }

  /** Asks on the shown branch, with the clips that no question has brought yet. */
  async ask(text: string): Promise<void> {
    const { chat } = this.#view;
    if (chat === undefined || isBusy(chat)) return;
    const parentId = (chat.conversation && lastAnswer(chat.conversation)?.id) ?? null;
    await this.#asking(text, (current) =>
      this.#send(current, { text, parentId, videoIds: chat.pendingClips }),
    );
    if (this.#view.chat?.failure === undefined) this.#view.change((now) => ({ ...now, pendingClips: [] }));
  }

  /** Asks in other words, about the same clips: a branch beside the question that was there. */
  async edit({ message: { parentId, videoIds } }: TreeMessage, text: string): Promise<void> {
    const { chat } = this.#view;
    if (chat === undefined || isBusy(chat)) return;
    await this.#asking(text, (current) => this.#send(current, { text, parentId, videoIds }));
  }

  /** Another answer to the same question. */
  async regenerate({ message }: TreeMessage): Promise<void> {
    const { chat } = this.#view;
    if (chat?.conversation === undefined || isBusy(chat)) return;
    const conversationId = chat.conversation.info.id;
    await this.#asking(message.text, () => {
      // the same seed would say the same
      const settings = { temperature: 0.8, ...this.#settings.answers.value };
      const request = { conversationId, messageId: message.id, key: newKey(), settings };
      return this.#connection.request('message:regenerate', request);
    });
  }

  /** Has an answer go on that did not come to its end. */
  async continue({ message }: TreeMessage): Promise<void> {
    const { chat } = this.#view;
    if (chat?.conversation === undefined || isBusy(chat)) return;
    const settings = { ...this.#settings.answers.value, mode: chat.mode };
    const { id: conversationId } = chat.conversation.info;
    const request = { conversationId, messageId: message.id, key: newKey(), settings };
    await this.#sent(() => this.#connection.request('message:continue', request));
  }

  /** Ends the answer that runs, or is about to. */
  async stop(): Promise<void> {
    // which answer it is, is known once the question is taken
    await this.#sending;
    const generationId = this.#running();
    if (generationId === undefined) return;
    await this.#connection
      .request('generation:stop', { generationId })
      .catch((thrown: unknown) => this.#view.fail(thrown));
  }

  onEvent(numbered: NumberedEvent): void {
    const { generationId, seq, event } = numbered;
    const { chat } = this.#view;
    if (chat === undefined || seq <= (this.#lastSeqs.get(generationId) ?? 0)) return;
    const { conversation } = chat;
    if (!conversation?.messages.some((message) => message.generationId === generationId)) {
      if (chat.asking !== undefined) this.#early.push(numbered);
      return;
    }
    this.#lastSeqs.set(generationId, seq);
    const { work: _done, ...rest } = chat;
    const work = event.type === 'progress' ? { work: event } : {};
    this.#view.show({ ...rest, ...work, conversation: foldEvent(conversation, generationId, event) });
  }

  /** Hears what an answer that runs said and will say: all of it, or from where this page left off. */
  async subscribe({ fromStart }: { readonly fromStart: boolean }): Promise<void> {
    const generationId = this.#running();
    if (generationId === undefined) return;
    if (fromStart) this.#lastSeqs.delete(generationId);
    const after = this.#lastSeqs.get(generationId) ?? 0;
    // the server tells all of it again where this page has heard nothing
    if (after === 0) {
      this.#view.change((chat) =>
        chat.conversation ? { ...chat, conversation: withoutText(chat.conversation, generationId) } : chat,
      );
    }
    await this.#connection
      .request('generation:subscribe', { generationId, after })
      .catch((thrown: unknown) => this.#view.fail(thrown));
  }

  #running(): string | undefined {
    const { chat } = this.#view;
    return (chat?.conversation && runningAnswer(chat.conversation)?.generationId) ?? undefined;
  }

  /** The first question makes the conversation. */
  async #send(
    { conversation, mode }: ChatScreen,
    asked: { readonly text: string; readonly parentId: string | null; readonly videoIds: readonly string[] },
  ): Promise<Sent> {
    const info =
      conversation?.info ??
      (await this.#connection.request('conversation:create', { settings: { mode } })).conversation;
    if (conversation === undefined) {
      history.replaceState(null, '', `#/c/${info.id}`);
      this.#view.change((chat) => ({ ...chat, conversation: openConversation(info, []) }));
    }
    const settings = { ...this.#settings.answers.value, mode };
    const { text, parentId } = asked;
    const question = { text, parentId, videoIds: [...asked.videoIds], key: newKey(), settings };
    return this.#connection.request('message:send', { conversationId: info.id, ...question });
  }

  #asking(text: string, send: (chat: ChatScreen) => Promise<Sent>): Promise<void> {
    this.#sending = this.#exchange(text, send);
    return this.#sending;
  }

  /** Shows a question at once, and its answer once the server has prefill it. */
  async #exchange(text: string, send: (chat: ChatScreen) => Promise<Sent>): Promise<void> {
    const view = this.#view;
    if (view.chat === undefined) return;
    const { failure: _past, ...chat } = view.chat;
    view.show({ ...chat, asking: text });
    await this.#sent(() => send(chat));
  }

  /** Shows the answer that the server begins, or why it does not. */
  async #sent(send: () => Promise<Sent>): Promise<void> {
    const view = this.#view;
    try {
      const { question, answer } = await send();
      view.change(({ asking: _sent, conversation, ...rest }) =>
        conversation
          ? {
              ...rest,
              conversation: withExchange(conversation, {
                question,
                answer: { ...answer, text: '', state: 'running' },
              }),
            }
          : rest,
      );
      const early = this.#early;
      this.#early = [];
      for (const event of early) this.onEvent(event);
      this.#onAsked();
    } catch (thrown) {
      view.change(({ asking: _lost, ...rest }) => rest);
      view.fail(thrown);
    }
  }
}
