import type { Logger } from 'pino';
import type { Requests } from '#contract/chat.ts';
import { type ConversationClip, type NumberedEvent, type Replies, maxClips } from '#contract/chat.ts';
import { maxQuestionLength } from '#contract/rest.ts';
import { Background } from '#core/background.ts';
import { checkQuestionLength } from '#core/question-length.ts';
import type { ProgressEvent } from '#engine/events.ts';
import type { Engine } from '#engine/engine.ts';
import { AppError } from '#errors';
import type { StoredConversation, StoredMessage, StoredSummary } from '#store/chat-rows.ts';
import type { ChatStore } from '#store/chat-store.ts';
import type { ClipStore } from '#store/clip-store.ts';
import type { NamedClip } from '#store/conversation-clips.ts';
import type { GenerationStore } from '#store/generation-store.ts';
import type { QuestionStore, Sent } from '#store/question-store.ts';
import { videoResourceOf } from '#store/video-resource.ts';
import type { Viewer } from '#store/viewer.ts';
import { Generations } from './generations.ts';
import { importedMessages } from './imported-messages.ts';
import { askedTurns } from './asked-turns.ts';
import type { Subscriber } from './generation.ts';

export type ChatEngine = Pick<Engine, 'prepare' | 'answer'>;

export interface ChatServiceOptions {
  readonly store: ChatStore;
  readonly questions: QuestionStore;
  readonly generations: GenerationStore;
  readonly clips: Pick<ClipStore, 'get' | 'find' | 'source'>;
  readonly engine: ChatEngine;
  readonly log: Logger;
  /** Milliseconds that an answer goes on without subscribers: a client that lost its connection comes back within them. */
  readonly gracePeriodMs?: number;
}

const maxTitleLength = 60;

/** Conversations that outlive connections: questions are stored, each is answered by a run, and runs have subscribers. */
export class ChatService {
  readonly #options: ChatServiceOptions;
  readonly #background: Background;
  readonly #generations: Generations;
  #closing = false;

  /** What an earlier process left unfinished is marked `interrupted`. */
  constructor(options: ChatServiceOptions) {
    const { log, generations: store, gracePeriodMs = 30_000 } = options;
    this.#options = options;
    this.#background = new Background((what, error) => log.error({ err: error }, what));
    this.#generations = new Generations({ store, log, background: this.#background, gracePeriodMs });
  }

  /** Encodes a clip, so that the first answer does not wait for it. Throws as the engine does. */
  async prepare(
    viewer: Viewer,
    { videoId, mode, frames }: Requests['video:prepare'],
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: ProgressEvent) => void },
  ): Promise<Replies['video:prepare']> {
    const source = this.#options.clips.source(viewer, videoId);
    return this.#options.engine.prepare(source, { mode, frames, ...options });
  }

  create(
    viewer: Viewer,
    { title = 'New conversation', settings }: Requests['conversation:create'],
  ): Promise<StoredConversation> {
    return this.#options.store.create(viewer, title, settings);
  }

  /** Makes a conversation of a file. Throws `invalid_request` for messages that are no tree. */
  async import(
    viewer: Viewer,
    file: Requests['conversation:import'],
  ): Promise<{ conversation: StoredConversation; missingClips: number }> {
    const { title, settings, messages } = file;
    const ids = [...new Set(messages.flatMap(({ videoIds }) => videoIds))];
    if (ids.length > maxClips) {
      throw new AppError('invalid_request', `messages: ${ids.length} clips; at most ${maxClips} are taken`);
    }
    const names = new Map(file.clips.map(({ id, name }) => [id, name]));
    const resolved = this.#resolveClips(
      viewer,
      ids.map((id) => ({ id, name: names.get(id) ?? 'clip' })),
    );
    const stored = new Set(resolved.flatMap(({ video }) => video?.id ?? []));
    const clips = resolved.map(({ id, name, video }) => ({ id, name: video?.name ?? name }));
    const conversation = await this.#options.store.import(
      viewer,
      { title, settings, clips },
      (conversationId) => importedMessages(messages, { conversationId, clips: stored }),
    );
    return { conversation, missingClips: ids.length - stored.size };
  }

  list(viewer: Viewer, request: Requests['conversation:list']): Promise<StoredSummary[]> {
    return this.#options.store.list(viewer, request);
  }

  /** Throws `not_found`, as all that follow. */
  find(viewer: Viewer, conversationId: string): StoredConversation {
    return this.#options.store.find(viewer, conversationId);
  }

  /** A conversation, its messages, and the clips that its questions brought, deleted ones too. */
  read(
    viewer: Viewer,
    conversationId: string,
  ): { conversation: StoredConversation; messages: StoredMessage[]; clips: ConversationClip[] } {
    const { store } = this.#options;
    const conversation = store.find(viewer, conversationId);
    const clips = this.#resolveClips(viewer, store.clips(conversationId));
    return { conversation, messages: store.messages(conversationId), clips };
  }

  rename(viewer: Viewer, conversationId: string, title: string): Promise<StoredConversation> {
    return this.#options.store.rename(viewer, conversationId, title);
  }

  pin(viewer: Viewer, conversationId: string, pinned: boolean): Promise<StoredConversation> {
    return this.#options.store.pin(viewer, conversationId, pinned);
  }

  /** Lets everybody read it, or nobody else again. */
  share(viewer: Viewer, conversationId: string, shared: boolean): Promise<StoredConversation> {
    return this.#options.store.share(viewer, conversationId, shared);
  }

  /** Stops what is being answered there first. */
  async delete(viewer: Viewer, conversationId: string): Promise<StoredConversation> {
    const { store } = this.#options;
    const conversation = store.findOwn(viewer, conversationId);
    await this.#generations.discard(conversationId);
    await store.delete(viewer, conversationId);
    this.#erase();
    return conversation;
  }

  /** Deletes the conversations whose last message is older than that, in milliseconds since 1970. */
  async deleteBefore(time: number): Promise<number> {
    const count = await this.#options.store.deleteBefore(time);
    if (count > 0) this.#erase();
    return count;
  }

  /** Stores the question and starts its answer. Throws `question_too_long`, `invalid_request`, `busy`, `conflict`. */
  async send(viewer: Viewer, request: Requests['message:send']): Promise<Sent> {
    const { store, questions, clips } = this.#options;
    checkQuestionLength(request.text, maxQuestionLength);
    const { title } = this.#requireOwn(viewer, request.conversationId);
    const found = request.videoIds.map((id) => clips.find(viewer, id));
    const sent = await questions.send({ ...request, clips: found });
    if (sent.isNew) {
      this.#start(viewer, sent, request);
      if (title === 'New conversation') {
        await store.rename(viewer, request.conversationId, titleOf(request.text));
      }
    }
    return sent;
  }

  /** Starts another answer to a question. */
  async regenerate(viewer: Viewer, request: Requests['message:regenerate']): Promise<Sent> {
    this.#requireOwn(viewer, request.conversationId);
    const sent = await this.#options.questions.regenerate(request);
    if (sent.isNew) this.#start(viewer, sent, request);
    return sent;
  }

  /** Goes on with an answer that did not come to its end: the same message, with more words. */
  async continue(viewer: Viewer, request: Requests['message:continue']): Promise<Sent> {
    this.#requireOwn(viewer, request.conversationId);
    const sent = await this.#options.questions.continue(request);
    if (sent.isNew) this.#start(viewer, sent, request);
    return sent;
  }

  /** Deletes a question or an answer, with all that follows it. Throws `invalid_request`, `busy`. */
  async deleteMessage(
    viewer: Viewer,
    { conversationId, messageId }: Requests['message:delete'],
  ): Promise<StoredConversation> {
    const conversation = this.#requireOwn(viewer, conversationId);
    await this.#options.questions.delete(conversationId, messageId);
    this.#erase();
    return conversation;
  }

  /** The answer ends with what it has; nothing happens where it has ended. */
  stop(viewer: Viewer, generationId: string): void {
    const generation = this.#generations.find(generationId);
    if (generation === undefined) return;
    this.#options.store.findOwn(viewer, generation.conversationId);
    generation.stop();
  }

  /** Sends every event after `after`, stored ones at once. Returns the last of those, and how to unsubscribe. */
  subscribe(
    viewer: Viewer,
    generationId: string,
    { after, subscriber }: { readonly after: number; readonly subscriber: Subscriber },
  ): { conversationId: string; lastSeq: number; unsubscribe: () => void } {
    const past = this.missed(viewer, generationId, after);
    const { conversationId } = this.#options.generations.answer(generationId);
    for (const event of past) subscriber(event);
    const unsubscribe = this.#generations.subscribe(generationId, subscriber);
    return { conversationId, lastSeq: past.at(-1)?.seq ?? after, unsubscribe };
  }

  /** Stored events after `after`; for a reader who was too slow for some. */
  missed(viewer: Viewer, generationId: string, after: number): NumberedEvent[] {
    const { store, generations } = this.#options;
    const { conversationId } = generations.answer(generationId);
    store.find(viewer, conversationId);
    const past = generations.events(generationId, after);
    return past.map(({ seq, event }) => ({ conversationId, generationId, seq, event }));
  }

  /** Stops every answer, and takes no more questions. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#generations.close();
    await this.#background.close();
  }

  #requireOwn(viewer: Viewer, conversationId: string): StoredConversation {
    if (this.#closing) throw new AppError('cancelled', 'The server is shutting down.');
    return this.#options.store.findOwn(viewer, conversationId);
  }

  #start(
    viewer: Viewer,
    { question, answer }: Sent,
    request: Pick<Requests['message:send'], 'settings' | 'detach'>,
  ): void {
    const { store, engine, clips } = this.#options;
    const { settings } = store.find(viewer, question.conversationId);
    this.#generations.start(answer, {
      detached: request.detach,
      open: async (signal) => {
        const path = store.path(question.id);
        const turns = askedTurns(path, (id) => clips.source(viewer, id), answer.text);
        return engine.answer(turns, { ...settings, ...request.settings, signal });
      },
    });
  }

  #resolveClips(viewer: Viewer, named: readonly NamedClip[]): ConversationClip[] {
    return named.map(({ id, name }) => {
      const clip = this.#options.clips.get(viewer, id);
      return { id, name, video: clip === undefined ? null : videoResourceOf(clip) };
    });
  }

  #erase(): void {
    this.#background.attempt('deleted words could not be overwritten', () => this.#options.store.erase());
  }
}

function titleOf(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= maxTitleLength ? line : `${line.slice(0, maxTitleLength - 1)}…`;
}
