import { signal } from '@preact/signals';
import type { NumberedEvent } from '../../server/chat/contract.ts';
import { answerIn } from './compare.ts';
import { Connection, newKey } from './connection.ts';
import { type Failure, failureFrom, PageError } from './failure.ts';
import { Library } from './library.ts';
import { fetchModel, type Model } from './model.ts';
import { atRest, type ChatScreen, type Compared, type EncoderMode, isBusy, type Screen } from './screen.ts';
import {
  adding,
  choosing,
  type Exchange,
  foldEvent,
  lastAnswer,
  type Placed,
  runningAnswer,
  talkOf,
  withoutWords,
} from './talk.ts';
import { Settings } from './settings.ts';
import { fetchSample, fetchVideo, uploadClip } from './upload.ts';

/** One person at the page: what they see, and everything they can do. */
export class Visit {
  readonly screen = signal<Screen>({ at: 'start' });
  readonly model = signal<Model | undefined>(undefined);
  readonly connection: Connection;
  readonly library: Library;
  readonly settings = new Settings();
  /** Ends all that belongs to the clip on the screen. */
  #leaving = new AbortController();
  /** Numbers of the last events heard, by generation, so that none counts twice and a new connection goes on. */
  readonly #heard = new Map<string, number>();
  #sending: Promise<void> = Promise.resolve();
  /** Events of an answer that the server has begun and this page does not know yet. */
  #early: NumberedEvent[] = [];

  constructor() {
    this.connection = new Connection({
      onGeneration: (event) => this.#hear(event),
      onLook: ({ stage, done, total }) => this.#change((chat) => ({ ...chat, work: { stage, done, total } })),
      onBack: () => void this.#resume(),
    });
    this.library = new Library(this.connection);
  }

  /** Shows what the address names, and what there is. */
  async begin(): Promise<void> {
    void this.library.refresh().catch((thrown: unknown) => this.leave(failureFrom(thrown)));
    const [, conversationId] = /^#\/c\/([0-9a-f-]{36})$/.exec(location.hash) ?? [];
    this.model.value = await fetchModel();
    if (conversationId !== undefined) await this.open(conversationId);
  }

  chooseFile(file: File): Promise<void> {
    return this.#take(async () => file);
  }

  chooseSample(): Promise<void> {
    return this.#take(fetchSample);
  }

  /** Back to the start. An answer that runs goes on at the server and can be found in the list. */
  leave(failure?: Failure): void {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    const { value } = this.screen;
    if (value.at !== 'start' && value.clip.url.startsWith('blob:')) URL.revokeObjectURL(value.clip.url);
    history.replaceState(null, '', '/');
    this.screen.value = failure ? { at: 'start', failure } : { at: 'start' };
  }

  /** Opens a conversation of the list, with its clip and what was said. */
  async open(conversationId: string): Promise<void> {
    this.leave();
    const { signal: left } = this.#leaving;
    try {
      const { conversation, messages } = await this.connection.request('conversation:read', {
        conversationId,
      });
      const videoId = messages.flatMap(({ videoIds }) => videoIds)[0];
      if (videoId === undefined) throw new PageError('not_found', 'This conversation shows no clip.');
      const video = await fetchVideo(videoId, left);
      if (left.aborted) return;
      const clip = {
        name: video.name,
        url: `/v1/videos/${videoId}/file`,
        picture: /\.gif$/i.test(video.name),
      };
      const talk = talkOf(conversation, messages);
      const { mode = 'stan' } = conversation.settings;
      history.replaceState(null, '', `#/c/${conversationId}`);
      this.screen.value = { at: 'chat', clip, video, mode, talk, compared: new Map() };
      const generationId = runningAnswer(talk)?.generationId;
      if (generationId) this.#heard.delete(generationId);
      await this.#look();
      await this.#follow();
    } catch (thrown) {
      if (!left.aborted) this.leave(failureFrom(thrown));
    }
  }

  /** Another way of looking starts a conversation of its own: what was said in the first way would colour it. */
  async watch(mode: EncoderMode): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat') return;
    const { clip, video } = value;
    history.replaceState(null, '', '/');
    this.screen.value = { at: 'chat', clip, video, mode, compared: new Map() };
    await this.#look();
  }

  async ask(text: string): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat' || isBusy(value)) return;
    await this.#send(text, value.talk && (lastAnswer(value.talk)?.id ?? null));
  }

  /** Asks in other words: a branch beside the question that was there. */
  async edit({ message }: Placed, text: string): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat' || isBusy(value)) return;
    await this.#send(text, message.parentId);
  }

  /** Another answer to the same question. */
  async regenerate({ message }: Placed): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat' || value.talk === undefined || isBusy(value)) return;
    const conversationId = value.talk.conversation.id;
    await this.#asking(message.text, async () => {
      // the same seed would say the same
      const settings = { temperature: 0.8, ...this.settings.answers.value };
      const request = { conversationId, messageId: message.id, key: newKey(), settings };
      return this.connection.request('message:regenerate', request);
    });
  }

  /** Asks a question alone, with the video branch and without it. */
  async compare({ message: { id, text } }: Placed): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat') return;
    const { signal: left } = this.#leaving;
    const ask = (mode: EncoderMode) =>
      answerIn({ videoId: value.video.id, question: text, mode, signal: left });
    const show = (compared: Compared) =>
      this.#change((chat) => ({ ...chat, compared: new Map([...chat.compared, [id, compared]]) }));
    show({});
    try {
      const [stan, plain] = await Promise.all([ask('stan'), ask('plain')]);
      if (!left.aborted) show({ answers: { stan, plain } });
    } catch (thrown) {
      if (!left.aborted) show({ failure: failureFrom(thrown) });
    }
  }

  /** Shows the branch before or after the one at this place. */
  choose({ message, siblings }: Placed, step: 1 | -1): void {
    const id = siblings[siblings.indexOf(message.id) + step];
    if (id === undefined) return;
    this.#change((chat) => (chat.talk ? { ...chat, talk: choosing(chat.talk, message, id) } : chat));
  }

  /** Ends the answer that runs, or is about to. */
  async stop(): Promise<void> {
    // which answer it is, is known once the question is taken
    await this.#sending;
    const { value } = this.screen;
    const generationId = value.at === 'chat' && value.talk && runningAnswer(value.talk)?.generationId;
    if (!generationId) return;
    await this.connection
      .request('generation:stop', { generationId })
      .catch((thrown: unknown) => this.#fail(thrown));
  }

  async find(search: string): Promise<void> {
    await this.library.find(search).catch((thrown: unknown) => this.#fail(thrown));
  }

  async rename(conversationId: string, title: string): Promise<void> {
    await this.library.rename(conversationId, title).catch((thrown: unknown) => this.#fail(thrown));
  }

  async remove(conversationId: string): Promise<void> {
    await this.library.remove(conversationId).catch((thrown: unknown) => this.#fail(thrown));
    const { value } = this.screen;
    if (value.at === 'chat' && value.talk?.conversation.id === conversationId) this.leave();
  }

  async #take(getFile: (signal: AbortSignal) => Promise<File>): Promise<void> {
    this.leave();
    const { signal: left } = this.#leaving;
    try {
      const file = await getFile(left);
      const clip = { name: file.name, url: URL.createObjectURL(file), picture: file.type === 'image/gif' };
      const total = file.size;
      const start = performance.now();
      this.screen.value = { at: 'upload', clip, sent: 0, total, bytesPerSecond: 0 };
      const video = await uploadClip(file, {
        onProgress: (sent) => {
          const bytesPerSecond = (1000 * sent) / (performance.now() - start);
          if (!left.aborted) this.screen.value = { at: 'upload', clip, sent, total, bytesPerSecond };
        },
        signal: left,
      });
      this.screen.value = { at: 'chat', clip, video, mode: 'stan', compared: new Map() };
    } catch (thrown) {
      if (!left.aborted) this.leave(failureFrom(thrown));
      return;
    }
    await this.#look();
  }

  /** Has the server look at the clip, so that the first answer does not wait for it. */
  async #look(): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat') return;
    const { video, mode } = value;
    const { frames } = this.settings.answers.value;
    const isCurrent = (chat: ChatScreen): boolean => chat.video === video && chat.mode === mode;
    try {
      const seen = await this.connection.request('video:look', { videoId: video.id, mode, frames });
      this.#change((chat) => (isCurrent(chat) ? { ...atRest(chat), seen } : chat));
    } catch (thrown) {
      this.#change((chat) => (isCurrent(chat) ? { ...atRest(chat), failure: failureFrom(thrown) } : chat));
    }
  }

  async #send(text: string, parentId: string | null = null): Promise<void> {
    await this.#asking(text, async ({ talk, video, mode }) => {
      const conversation =
        talk?.conversation ??
        (await this.connection.request('conversation:create', { settings: { mode } })).conversation;
      if (talk === undefined) {
        history.replaceState(null, '', `#/c/${conversation.id}`);
        this.#change((chat) => ({ ...chat, talk: talkOf(conversation, []) }));
      }
      const videoIds = parentId === null ? [video.id] : [];
      const settings = { ...this.settings.answers.value, mode };
      const request = { conversationId: conversation.id, parentId, text, videoIds, key: newKey(), settings };
      return this.connection.request('message:send', request);
    });
  }

  /** Shows a question at once, and its answer once the server has begun it. Never rejects. */
  #asking(text: string, send: (chat: ChatScreen) => Promise<Exchange>): Promise<void> {
    this.#sending = this.#exchange(text, send);
    return this.#sending;
  }

  async #exchange(text: string, send: (chat: ChatScreen) => Promise<Exchange>): Promise<void> {
    const { value } = this.screen;
    if (value.at !== 'chat') return;
    const { failure: _past, ...chat } = value;
    this.screen.value = { ...chat, asking: text };
    try {
      const { question, answer } = await send(chat);
      this.#change(({ asking: _sent, talk, ...rest }) =>
        talk
          ? { ...rest, talk: adding(talk, { question, answer: { ...answer, text: '', state: 'running' } }) }
          : rest,
      );
      const early = this.#early;
      this.#early = [];
      for (const event of early) this.#hear(event);
      void this.library.refresh().catch((thrown: unknown) => this.#fail(thrown));
    } catch (thrown) {
      this.#change(({ asking: _lost, ...rest }) => rest);
      this.#fail(thrown);
    }
  }

  #hear(numbered: NumberedEvent): void {
    const { generationId, seq, event } = numbered;
    const { value } = this.screen;
    if (value.at !== 'chat' || seq <= (this.#heard.get(generationId) ?? 0)) return;
    const { talk } = value;
    if (!talk?.messages.some((message) => message.generationId === generationId)) {
      if (value.asking !== undefined) this.#early.push(numbered);
      return;
    }
    this.#heard.set(generationId, seq);
    const { work: _done, ...rest } = value;
    const work = event.type === 'progress' ? { work: event } : {};
    this.screen.value = { ...rest, ...work, talk: foldEvent(talk, generationId, event) };
  }

  /** Hears what an answer that runs said and will say, from where this page left off. */
  async #follow(): Promise<void> {
    const { value } = this.screen;
    const generationId = value.at === 'chat' && value.talk && runningAnswer(value.talk)?.generationId;
    if (!generationId) return;
    const after = this.#heard.get(generationId) ?? 0;
    // the server tells all of it again where this page has heard nothing
    if (after === 0)
      this.#change((chat) => (chat.talk ? { ...chat, talk: withoutWords(chat.talk, generationId) } : chat));
    await this.connection.request('generation:follow', { generationId, after });
  }

  async #resume(): Promise<void> {
    const { value } = this.screen;
    try {
      await this.library.refresh();
      if (value.at !== 'chat') return;
      if (value.seen === undefined) await this.#look();
      await this.#follow();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Says what went wrong; what is on the screen stays. */
  #fail(thrown: unknown): void {
    const failure = failureFrom(thrown);
    const { value } = this.screen;
    if (value.at === 'start') this.screen.value = { ...value, failure };
    else this.#change((chat) => ({ ...chat, failure }));
  }

  #change(change: (chat: ChatScreen) => ChatScreen): void {
    const { value } = this.screen;
    if (value.at === 'chat') this.screen.value = change(value);
  }
}
