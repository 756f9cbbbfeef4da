import { signal } from '@preact/signals';
import type { Look } from '../../server/chat/contract.ts';
import type { VideoResource } from '../../server/contract.ts';
import { ChatLink, type EncoderMode } from './chat-link.ts';
import {
  atRest,
  type Conversation,
  emptyConversation,
  foldEvent,
  isAnswering,
  withFailure,
  withNote,
  withQuestion,
} from './conversation.ts';
import { type Failure, failureFrom, PageError } from './failure.ts';
import { fetchModel, type Model } from './model.ts';
import { fetchSample, uploadClip } from './upload.ts';

/** A clip as this browser plays it; `url` is an object URL of the local file. */
export interface LocalClip {
  readonly name: string;
  readonly url: string;
  /** A GIF plays as a picture. */
  readonly picture: boolean;
}

export type Screen =
  | { readonly at: 'start'; readonly failure?: Failure }
  | { readonly at: 'upload'; readonly clip: LocalClip; readonly fraction: number }
  | ChatScreen;

export interface ChatScreen {
  readonly at: 'chat';
  readonly clip: LocalClip;
  readonly video: VideoResource;
  readonly mode: EncoderMode;
  readonly conversation: Conversation;
  /** Present while the server holds the conversation. */
  readonly opened?: Look;
  /** Why there is no conversation (any more). */
  readonly failure?: Failure;
}

const readingNote: Readonly<Record<EncoderMode, string>> = {
  stan: 'Fresh conversation. The clip is read with its motion.',
  plain: 'Fresh conversation. The clip is read as averaged still frames.',
};

/** One person at the page: what they see, and everything they can do. */
export class Visit {
  readonly screen = signal<Screen>({ at: 'start' });
  readonly model = signal<Model | undefined>(undefined);
  /** Ends all that belongs to the clip on the screen. */
  #leaving = new AbortController();
  #link: ChatLink | undefined;

  async loadModel(): Promise<void> {
    this.model.value = await fetchModel();
  }

  chooseFile(file: File): Promise<void> {
    return this.#begin(async () => file);
  }

  chooseSample(): Promise<void> {
    return this.#begin(fetchSample);
  }

  /** Back to the start; running work is stopped, here and on the server. */
  leave(failure?: Failure): void {
    this.#leaving.abort();
    this.#link?.close();
    const { value } = this.screen;
    if (value.at !== 'start') URL.revokeObjectURL(value.clip.url);
    this.screen.value = failure ? { at: 'start', failure } : { at: 'start' };
  }

  /** Has the server look at the clip (again); what was said stays on the page. */
  async openConversation(mode: EncoderMode): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat') return;
    this.#link?.close();
    const { clip, video, conversation } = value;
    const fresh =
      conversation.entries.length === 0 ? conversation : withNote(conversation, readingNote[mode]);
    this.screen.value = { at: 'chat', clip, video, mode, conversation: fresh };
    const link = new ChatLink({
      onEvent: (event) => this.#converse((before) => foldEvent(before, event)),
      onLost: () => this.#lose(new PageError('lost', 'The connection broke, and the conversation with it.')),
    });
    this.#link = link;
    try {
      const opened = await link.open(video.id, mode);
      if (this.#link === link) this.#opened(opened);
    } catch (thrown) {
      if (this.#link === link) this.#lose(thrown);
    }
  }

  async ask(question: string): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat' || value.opened === undefined || isAnswering(value.conversation)) return;
    this.#converse((before) => withQuestion(before, question));
    await this.#link
      ?.ask(question)
      .catch((thrown: unknown) => this.#converse((before) => withFailure(before, failureFrom(thrown))));
  }

  async stop(): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat' || !isAnswering(value.conversation)) return;
    await this.#link?.stop().catch((thrown: unknown) => this.#lose(thrown));
  }

  async #begin(getFile: (signal: AbortSignal) => Promise<File>): Promise<void> {
    this.leave();
    const leaving = new AbortController();
    this.#leaving = leaving;
    try {
      const file = await getFile(leaving.signal);
      const clip = { name: file.name, url: URL.createObjectURL(file), picture: file.type === 'image/gif' };
      this.screen.value = { at: 'upload', clip, fraction: 0 };
      const video = await uploadClip(file, {
        onProgress: (fraction) => {
          if (!leaving.signal.aborted) this.screen.value = { at: 'upload', clip, fraction };
        },
        signal: leaving.signal,
      });
      this.screen.value = { at: 'chat', clip, video, mode: 'stan', conversation: emptyConversation };
    } catch (thrown) {
      if (!leaving.signal.aborted) this.leave(failureFrom(thrown));
      return;
    }
    await this.openConversation('stan');
  }

  #opened(opened: Look): void {
    const { value } = this.screen;
    if (value.at !== 'chat') return;
    this.screen.value = { ...value, opened, conversation: atRest(value.conversation) };
  }

  /** The conversation is gone; the clip and what was said stay, and it can be opened again. */
  #lose(thrown: unknown): void {
    this.#link?.close();
    const { value } = this.screen;
    if (value.at !== 'chat') return;
    const { opened: _gone, ...rest } = value;
    this.screen.value = { ...rest, conversation: atRest(value.conversation), failure: failureFrom(thrown) };
  }

  #converse(change: (conversation: Conversation) => Conversation): void {
    const { value } = this.screen;
    if (value.at === 'chat') this.screen.value = { ...value, conversation: change(value.conversation) };
  }
}
