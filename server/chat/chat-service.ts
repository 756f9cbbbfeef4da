import type { Logger } from 'pino';
import type { Engine, AskedTurn } from '#engine/engine.ts';
import type { ClipSource } from '#engine/types.ts';
import type { ProgressEvent } from '#engine/events.ts';
import { maxQuestionLength } from '#contract/rest.ts';
import { AppError } from '#errors';
import { checkQuestionLength } from '#core/question-length.ts';
import type { ClipStore } from '#store/clip-store.ts';
import { videoResourceOf } from '#store/video-resource.ts';
import type { StoredMessage } from '#store/chat-rows.ts';
import type { ChatStore, Sent } from '#store/chat-store.ts';
import {
  type ChatSettings,
  type Conversation,
  type ConversationClip,
  type ConversationSummary,
  type GenerationEvent,
  type VideoReceipt,
  maxClips,
  type NumberedEvent,
  type Replies,
  type Requests,
} from '#contract/chat.ts';
import type { NamedClip } from '#store/conversation-clips.ts';
import { type Subscriber, Generation, interruption } from './generation.ts';
import { importedMessages } from './imported-messages.ts';

export type ChatEngine = Pick<Engine, 'encode' | 'answer'>;

export interface ChatServiceOptions {
  readonly store: ChatStore;
  readonly clips: Pick<ClipStore, 'find' | 'source'>;
  readonly engine: ChatEngine;
  readonly log: Logger;
  /** Milliseconds that an answer goes on for nobody: a client that lost its connection comes back within them. */
  readonly gracePeriodMs?: number;
}

const maxTitleLength = 60;

/** Conversations that outlive connections: questions are kept, answered one at a time each, and followed by anybody. */
export class ChatService {
  readonly #options: Required<ChatServiceOptions>;
  readonly #running = new Map<string, Generation>();
  readonly #abandoned = new Map<string, NodeJS.Timeout>();
  #closing = false;

  /** What an earlier process left unfinished is marked `interrupted`. */
  constructor(options: ChatServiceOptions) {
    this.#options = { gracePeriodMs: 30_000, ...options };
    const { store, log } = options;
    const count = store.interruptRunning(interruption);
    if (count > 0) log.warn({ count }, 'answers were interrupted by the last stop');
    store.forgetSteps();
  }

  /** Has the model look at a clip, so that the first answer does not wait for it. Throws as the engine does. */
  async prepare(
    { videoId, mode, frames }: Requests['video:prepare'],
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: ProgressEvent) => void },
  ): Promise<VideoReceipt> {
    const source = await this.#options.clips.source(videoId);
    const { receipt } = await this.#options.engine.encode(source, { mode, frames, ...options });
    return receipt;
  }

  create({ title = 'New conversation', settings }: Requests['conversation:create']): Conversation {
    return this.#options.store.create(title, settings);
  }

  /** Makes a conversation of a file. Throws `invalid_request` for messages that are no tree. */
  async import(file: Requests['conversation:import']): Promise<Replies['conversation:import']> {
    const { title, settings, messages } = file;
    const ids = [...new Set(messages.flatMap(({ videoIds }) => videoIds))];
    if (ids.length > maxClips) {
      throw new AppError('invalid_request', `messages: ${ids.length} clips; at most ${maxClips} are taken`);
    }
    const names = new Map(file.clips.map(({ id, name }) => [id, name]));
    const told = await this.#tellOf(ids.map((id) => ({ id, name: names.get(id) ?? 'clip' })));
    const there = new Set(told.flatMap(({ video }) => video?.id ?? []));
    const clips = told.map(({ id, name, video }) => ({ id, name: video?.name ?? name }));
    const conversation = this.#options.store.import({ title, settings, clips }, (conversationId) =>
      importedMessages(messages, { conversationId, clips: there }),
    );
    return { conversation, missingClips: ids.length - there.size };
  }

  list(wanted: Requests['conversation:list']): ConversationSummary[] {
    return this.#options.store.list(wanted);
  }

  /** Throws `not_found`, as all that follow. */
  read(conversationId: string): { conversation: Conversation; messages: StoredMessage[] } {
    const { store } = this.#options;
    return { conversation: store.find(conversationId), messages: store.messages(conversationId) };
  }

  /** The clips that its questions brought, those that were deleted too. */
  clips(conversationId: string): Promise<ConversationClip[]> {
    return this.#tellOf(this.#options.store.clips(conversationId));
  }

  rename(conversationId: string, title: string): Conversation {
    return this.#options.store.rename(conversationId, title);
  }

  pin(conversationId: string, pinned: boolean): void {
    this.#options.store.pin(conversationId, pinned);
  }

  /** Stops what is being answered there first. */
  async delete(conversationId: string): Promise<void> {
    const own = [...this.#running.values()].filter((one) => one.conversationId === conversationId);
    for (const generation of own) generation.stop();
    await Promise.all(own.map(({ finished }) => finished));
    this.#options.store.delete(conversationId);
  }

  /** Keeps the question and begins its answer. Throws `question_too_long`, `invalid_request`, `busy`, `not_found`. */
  async send(request: Requests['message:send']): Promise<Sent> {
    checkQuestionLength(request.text, maxQuestionLength);
    const clips = await Promise.all(request.videoIds.map((id) => this.#options.clips.find(id)));
    const { store } = this.#options;
    const sent = store.send({ ...request, clips });
    if (sent.isNew) {
      const { title } = store.find(request.conversationId);
      if (title === 'New conversation') store.rename(request.conversationId, titleOf(request.text));
      this.#begin(sent, request);
    }
    return sent;
  }

  /** Begins another answer to a question. */
  regenerate(request: Requests['message:regenerate']): Sent {
    const sent = this.#options.store.regenerate(request);
    if (sent.isNew) this.#begin(sent, request);
    return sent;
  }

  /** Goes on with an answer that did not come to its end: the same message, with more words. */
  continue(request: Requests['message:continue']): Sent {
    const sent = this.#options.store.continue(request);
    if (sent.isNew) this.#begin(sent, request);
    return sent;
  }

  /** The answer ends with what it has; nothing happens where it has ended. */
  stop(generationId: string): void {
    this.#running.get(generationId)?.stop();
  }

  /** Tells every event after `seq`, those of the past at once. Returns the last of those, and how to stop listening. */
  follow(
    generationId: string,
    after: number,
    subscriber: Subscriber,
  ): { lastSeq: number; leave: () => void } {
    const { conversationId } = this.#options.store.answerOf(generationId);
    const past = this.#options.store.events(generationId, after);
    for (const { seq, event } of past) subscriber({ conversationId, generationId, seq, event });
    const generation = this.#running.get(generationId);
    const leave = generation?.follow(subscriber) ?? (() => undefined);
    clearTimeout(this.#abandoned.get(generationId));
    return {
      lastSeq: past.at(-1)?.seq ?? after,
      leave: () => {
        leave();
        if (generation !== undefined) this.#watchAbandoned(generation);
      },
    };
  }

  /** Events after `seq` as the store has them; for a reader who was too slow to hear them. */
  missed(generationId: string, after: number): NumberedEvent[] {
    const { conversationId } = this.#options.store.answerOf(generationId);
    const past = this.#options.store.events(generationId, after);
    return past.map(({ seq, event }) => ({ conversationId, generationId, seq, event }));
  }

  /** Stops every answer, and takes no more questions. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#abandoned.values()) clearTimeout(timer);
    const running = [...this.#running.values()];
    for (const generation of running) generation.interrupt();
    await Promise.all(running.map(({ finished }) => finished));
  }

  #begin({ question, answer }: Sent, request: { settings: ChatSettings; detach: boolean }): void {
    if (this.#closing) throw new AppError('cancelled', 'The server is shutting down.');
    const { store, log } = this.#options;
    const settings = { ...store.find(question.conversationId).settings, ...request.settings };
    const steps = (signal: AbortSignal) => this.#answer({ question, answer }, settings, signal);
    const generation = new Generation(store, answer, {
      steps,
      detached: request.detach,
      onFailure: (error) => {
        log.error({ err: error.cause ?? error, code: error.code }, 'an answer failed');
      },
    });
    this.#running.set(generation.id, generation);
    void generation.finished.finally(() => {
      this.#running.delete(generation.id);
      clearTimeout(this.#abandoned.get(generation.id));
      this.#abandoned.delete(generation.id);
    });
    this.#watchAbandoned(generation);
  }

  async *#answer(
    { question, answer }: Pick<Sent, 'question' | 'answer'>,
    settings: ChatSettings,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent> {
    const { store, engine, clips } = this.#options;
    const path = store.path(question.id);
    const sources = new Map<string, ClipSource>();
    for (const { videoIds } of path) {
      for (const id of videoIds) sources.set(id, sources.get(id) ?? (await clips.source(id)));
    }
    const turns = turnsOf(path, sources);
    const last = turns.pop();
    if (last === undefined) throw new RangeError('the path has no question');
    const prefill = answer.text === '' ? {} : { prefill: answer.text };
    yield* engine.answer([...turns, { ...last, ...prefill }], { ...settings, signal });
  }

  #tellOf(named: readonly NamedClip[]): Promise<ConversationClip[]> {
    const tell = async ({ id, name }: NamedClip): Promise<ConversationClip> => {
      const clip = await this.#options.clips.find(id).catch(noneIfNotFound);
      return { id, name, video: clip === undefined ? null : videoResourceOf(clip) };
    };
    return Promise.all(named.map(tell));
  }

  /** An answer that nobody follows ends, unless somebody comes back in time. */
  #watchAbandoned(generation: Generation): void {
    if (generation.detached || generation.subscribers > 0 || !this.#running.has(generation.id)) return;
    clearTimeout(this.#abandoned.get(generation.id));
    const timer = setTimeout(() => {
      if (generation.subscribers === 0) generation.stop();
    }, this.#options.gracePeriodMs);
    this.#abandoned.set(generation.id, timer);
  }
}

/** Questions with the answers that follow them; the last one has none. Questions left unanswered are not told. */
function turnsOf(path: readonly StoredMessage[], sources: ReadonlyMap<string, ClipSource>): AskedTurn[] {
  const turns: AskedTurn[] = [];
  let unseen: ClipSource[] = [];
  for (const [index, { role, text, videoIds }] of path.entries()) {
    if (role === 'assistant') continue;
    unseen = [...unseen, ...videoIds.flatMap((id) => sources.get(id) ?? [])];
    const answer = path[index + 1]?.text;
    if (answer === '') continue;
    turns.push({ question: text, clips: unseen, ...(answer !== undefined && { answer }) });
    unseen = [];
  }
  return turns;
}

function noneIfNotFound(thrown: unknown): undefined {
  if (thrown instanceof AppError && thrown.code === 'not_found') return undefined;
  throw thrown;
}

function titleOf(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= maxTitleLength ? line : `${line.slice(0, maxTitleLength - 1)}…`;
}
