import { effect } from '@preact/signals';
import type { NumberedEvent, Replies } from '#contract/chat.ts';
import { setAddress } from './address.ts';
import { newKey } from '#contract/client-chat.ts';
import { type ClipPart, partSettings } from './clip-part.ts';
import type { Connection } from './connection.ts';
import {
  foldEvent,
  lastAnswer,
  openConversation,
  runningAnswer,
  type TreeMessage,
  withExchange,
  withoutText,
} from './conversation.ts';
import type { Drafts } from './drafts.ts';
import { failureFrom } from './failure.ts';
import type { Outbox, QueuedQuestion } from './outbox.ts';
import { type ChatScreen, isBusy, isPrepared } from './screen.ts';
import type { Settings } from './settings.ts';
import type { ViewState } from './view-state.ts';

export interface AnswersParts {
  readonly view: ViewState;
  readonly connection: Connection;
  readonly settings: Settings;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  /** A conversation has a new message. */
  readonly onAsked: () => void;
}

type Sent = Replies['message:send'];

interface AskedAbout {
  readonly key: string;
  readonly part?: ClipPart | undefined;
}

/** Another answer needs chance: at temperature 0 the model always picks the same tokens. */
const minTemperatureAgain = 0.8;

/** Questions of the conversation on the screen, and the answers to them. No method rejects. */
export class Answers {
  readonly #view: ViewState;
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #outbox: Outbox;
  readonly #drafts: Drafts;
  readonly #onAsked: () => void;
  /** Number of the last event received, by generation: no event counts twice, and a new connection continues there. */
  readonly #lastSeqs = new Map<string, number>();
  /** Events of an answer that came before the acknowledgement that names it. */
  #early: NumberedEvent[] = [];

  constructor({ view, connection, settings, outbox, drafts, onAsked }: AnswersParts) {
    this.#view = view;
    this.#connection = connection;
    this.#settings = settings;
    this.#outbox = outbox;
    this.#drafts = drafts;
    this.#onAsked = onAsked;
    effect(() => {
      const { value: screen } = view.screen;
      if (screen.at !== 'chat' || !connection.isOpen.value) return;
      const [next] = outbox.of(screen.conversation?.info.id);
      // not within the effect: sending changes what it depends on
      if (next !== undefined && this.#canSend(screen)) queueMicrotask(() => void this.#sendQueued(next));
    });
  }

  /** Asks on the shown branch with the included clips, now or as soon as it is possible. */
  ask(text: string): void {
    const { chat } = this.#view;
    if (chat === undefined) return;
    this.#enqueue(chat, { text, videoIds: [...chat.included], ...(chat.part && { part: chat.part }) });
    this.#view.change((now) => ({ ...now, included: [] }));
  }

  /** Asks in other words, about the same clips and part: a branch beside the question that was there. */
  edit({ message: { id, parentId, videoIds } }: TreeMessage, text: string): void {
    const { chat } = this.#view;
    const part = chat?.parts.get(id);
    if (chat !== undefined) this.#enqueue(chat, { text, videoIds, parentId, ...(part && { part }) });
  }

  /** Takes a question back that was not sent yet; its text returns to where it was typed. */
  takeBack({ key, text, conversationId }: QueuedQuestion): void {
    this.#outbox.remove(key);
    this.#drafts.giveBack(conversationId, text);
  }

  /** Another answer to the same question. */
  async regenerate({ message }: TreeMessage): Promise<void> {
    const { chat } = this.#view;
    if (chat?.conversation === undefined || isBusy(chat)) return;
    const { value: chosen } = this.#settings.answers;
    const temperature = Math.max(chosen.temperature ?? 0, minTemperatureAgain);
    const part = chat.parts.get(message.id);
    const settings = { ...chosen, mode: chat.mode, temperature, ...partSettings(part) };
    const conversationId = chat.conversation.info.id;
    const request = { conversationId, messageId: message.id, key: newKey(), settings };
    const send = () => this.#connection.request('message:regenerate', request);
    await this.#exchange({ key: request.key, part }, send);
  }

  /** Continues an answer that did not come to its end. */
  async continue({ message }: TreeMessage): Promise<void> {
    const { chat } = this.#view;
    if (chat?.conversation === undefined || isBusy(chat)) return;
    const part = chat.parts.get(message.parentId ?? '');
    const settings = { ...this.#settings.answers.value, mode: chat.mode, ...partSettings(part) };
    const { id: conversationId } = chat.conversation.info;
    const request = { conversationId, messageId: message.id, key: newKey(), settings };
    const send = () => this.#connection.request('message:continue', request);
    await this.#exchange({ key: request.key, part }, send);
  }

  /** Ends the answer that runs, or the one that is on its way as soon as the server names it. */
  async stop(): Promise<void> {
    const generationId = this.#running();
    if (generationId === undefined) {
      this.#view.change((chat) => (chat.sending === undefined ? chat : { ...chat, isStopping: true }));
      return;
    }
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
      if (chat.sending !== undefined) this.#early.push(numbered);
      return;
    }
    this.#lastSeqs.set(generationId, seq);
    const { work: _done, ...rest } = chat;
    const work = event.type === 'progress' ? { work: event } : {};
    this.#view.show({ ...rest, ...work, conversation: foldEvent(conversation, generationId, event) });
  }

  /** Receives what a running answer has and will have: all of it, or from where this page left off. */
  async subscribe({ fromStart }: { readonly fromStart: boolean }): Promise<void> {
    const generationId = this.#running();
    if (generationId === undefined) return;
    if (fromStart) this.#lastSeqs.delete(generationId);
    const after = this.#lastSeqs.get(generationId) ?? 0;
    // without a last event the server sends all of it again
    if (after === 0) {
      this.#view.change((chat) =>
        chat.conversation ? { ...chat, conversation: withoutText(chat.conversation, generationId) } : chat,
      );
    }
    await this.#connection
      .request('generation:subscribe', { generationId, after })
      .catch((thrown: unknown) => this.#view.fail(thrown));
  }

  /** Sends what waits in conversations that are not on the screen; their answers are found there later. */
  async sendElsewhere(): Promise<void> {
    const shown = this.#view.chat?.conversation?.info.id;
    for (const question of this.#outbox.questions.peek()) {
      const { key, text, videoIds, conversationId, part } = question;
      if (conversationId === undefined || conversationId === shown) continue;
      try {
        const read = await this.#connection.request('conversation:read', { conversationId });
        const conversation = openConversation(read.conversation, read.messages);
        if (runningAnswer(conversation) !== undefined) continue;
        const { parentId = lastAnswer(conversation)?.id ?? null } = question;
        const settings = partSettings(part);
        const request = { conversationId, key, text, parentId, videoIds, settings, detach: true };
        await this.#connection.request('message:send', request);
        this.#outbox.remove(key);
      } catch (thrown) {
        if (failureFrom(thrown).code === 'unreachable') return;
        this.takeBack(question);
      }
    }
  }

  #enqueue(chat: ChatScreen, question: Omit<QueuedQuestion, 'key' | 'conversationId'>): void {
    const { failure: _past, ...rest } = chat;
    this.#view.show(rest);
    const conversationId = chat.conversation?.info.id;
    this.#outbox.add({ ...question, key: newKey(), ...(conversationId !== undefined && { conversationId }) });
  }

  #canSend(chat: ChatScreen): boolean {
    return !isBusy(chat) && isPrepared(chat) && this.#settings.invalid.value.size === 0;
  }

  async #sendQueued(question: QueuedQuestion): Promise<void> {
    const { chat } = this.#view;
    if (chat === undefined || !this.#outbox.has(question.key) || !this.#canSend(chat)) return;
    await this.#exchange(question, () => this.#send(question, chat));
  }

  /** The first question makes the conversation. */
  async #send({ key, text, videoIds, parentId, part }: QueuedQuestion, chat: ChatScreen): Promise<Sent> {
    const { mode } = chat;
    const info =
      chat.conversation?.info ??
      (await this.#connection.request('conversation:create', { settings: { mode } })).conversation;
    if (chat.conversation === undefined) {
      this.#outbox.adopt(info.id);
      setAddress({ at: 'chat', conversationId: info.id });
      this.#view.change((now) => ({ ...now, conversation: openConversation(info, []) }));
    }
    const parent = chat.conversation && lastAnswer(chat.conversation)?.id;
    return this.#connection.request('message:send', {
      conversationId: info.id,
      key,
      text,
      parentId: parentId === undefined ? (parent ?? null) : parentId,
      videoIds: [...videoIds],
      settings: { ...this.#settings.answers.value, mode, ...partSettings(part) },
    });
  }

  #running(): string | undefined {
    const { chat } = this.#view;
    return (chat?.conversation && runningAnswer(chat.conversation)?.generationId) ?? undefined;
  }

  /** Shows the answer that the server begins, or why it does not. A question that was not delivered stays in the outbox. */
  async #exchange({ key, part }: AskedAbout, send: () => Promise<Sent>): Promise<void> {
    const view = this.#view;
    const { signal } = view;
    view.change(({ failure: _past, ...chat }) => ({ ...chat, sending: key }));
    try {
      const { question, answer } = await send();
      this.#outbox.remove(key);
      this.#onAsked();
      if (signal.aborted) return;
      const isStopping = view.chat?.isStopping === true;
      view.change(({ sending: _sent, isStopping: _stopped, conversation, ...rest }) => ({
        ...rest,
        ...(part && { parts: new Map([...rest.parts, [question.id, part]]) }),
        ...(conversation && {
          conversation: withExchange(conversation, {
            question,
            // the server sends all of its events
            answer: { ...answer, text: '', state: 'running' },
          }),
        }),
      }));
      const early = this.#early;
      this.#early = [];
      for (const event of early) this.onEvent(event);
      if (isStopping) await this.stop();
    } catch (thrown) {
      this.#early = [];
      const failure = failureFrom(thrown);
      const queued = this.#outbox.questions.peek().find((one) => one.key === key);
      if (queued !== undefined && failure.code !== 'unreachable') this.takeBack(queued);
      if (signal.aborted) return;
      view.change(({ sending: _sent, isStopping: _stopped, ...rest }) => rest);
      // what stays in the outbox says for itself that it waits
      if (queued === undefined || failure.code !== 'unreachable') view.fail(thrown);
    }
  }
}
