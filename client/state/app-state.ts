import { signal } from '@preact/signals';
import { Attention } from './attention.ts';
import { Answers } from './answers.ts';
import { Clips, storedClip } from './clips.ts';
import { Finder } from './finder.ts';
import { Connection } from './connection.ts';
import { ViewState } from './view-state.ts';
import { readConversation } from './export.ts';
import { failureFrom } from './failure.ts';
import { Analysis } from './analysis.ts';
import { Library } from './library.ts';
import { anyClip, type ClipFormats, fetchModel, type Model } from './model.ts';
import { chatAbout, type EncoderMode } from './screen.ts';
import { Settings } from './settings.ts';
import { type TreeMessage, withChoice, openConversation } from './conversation.ts';
import { fetchSample, fetchVideo } from './upload.ts';

/** Milliseconds until the server is asked again whether the model is loaded. */
const askAgainMs = 1000;

/** One person at the page: what they see, and everything they can do. No method rejects. */
export class AppState {
  readonly view = new ViewState();
  readonly model = signal<Model | undefined>(undefined);
  /** Whether the server still loads the model. */
  readonly isStarting = signal(false);
  readonly settings = new Settings();
  readonly connection: Connection;
  readonly library: Library;
  readonly clips: Clips;
  readonly answers: Answers;
  readonly analysis: Analysis;
  readonly attention = new Attention();
  readonly finder = new Finder();

  constructor() {
    const { view, settings } = this;
    this.connection = new Connection({
      onGeneration: (event) => this.answers.onEvent(event),
      onPrepareProgress: ({ stage, done, total }) =>
        view.change((chat) => ({ ...chat, work: { stage, done, total } })),
      onBack: () => void this.#resume(),
      onUnreadable: (error) => view.fail(error),
    });
    const { connection } = this;
    this.library = new Library({ connection, onFailure: (thrown) => view.fail(thrown) });
    this.analysis = new Analysis(view);
    this.clips = new Clips({ view, connection, settings });
    this.answers = new Answers({
      view,
      connection,
      settings,
      onAsked: () => void this.library.refresh(),
    });
  }

  /** Shows what the address names, and what there is. */
  async begin(): Promise<void> {
    void this.library.refresh();
    const [, conversationId] = /^#\/c\/([0-9a-f-]{36})$/.exec(location.hash) ?? [];
    await this.#waitForModel();
    if (conversationId !== undefined) await this.open(conversationId);
  }

  beginWith(file: File): Promise<void> {
    return this.clips.begin(async () => file);
  }

  beginWithSample(): Promise<void> {
    return this.clips.begin(fetchSample);
  }

  /** A conversation about a clip that the server has. */
  async beginWithStored(videoId: string): Promise<void> {
    const { view } = this;
    view.leave();
    const { signal } = view;
    try {
      const clip = storedClip(await fetchVideo(videoId, signal));
      if (signal.aborted) return;
      view.show(chatAbout([clip], 'stan'));
      await this.clips.prepareAll();
    } catch (thrown) {
      if (!signal.aborted) view.leave(failureFrom(thrown));
    }
  }

  /** A file that was dropped or pasted belongs to the conversation on the screen; else it begins one. */
  take(file: File): Promise<void> {
    return this.view.chat === undefined ? this.beginWith(file) : this.clips.add(file);
  }

  /** Opens a conversation of the list, with its clips and what was said. */
  async open(conversationId: string): Promise<void> {
    const { view, connection } = this;
    view.leave();
    const { signal } = view;
    try {
      const read = await connection.request('conversation:read', { conversationId });
      if (signal.aborted) return;
      const { conversation, messages, clips } = read;
      const there = clips.flatMap(({ video }) => (video === null ? [] : storedClip(video)));
      const missingClips = clips.flatMap(({ name, video }) => (video === null ? name : []));
      const { mode = 'stan' } = conversation.settings;
      history.replaceState(null, '', `#/c/${conversationId}`);
      view.show({
        ...chatAbout(there, mode),
        pendingClips: [],
        missingClips,
        conversation: openConversation(conversation, messages),
      });
      await this.answers.subscribe({ fromStart: true });
      await this.clips.prepareAll();
    } catch (thrown) {
      if (!signal.aborted) view.leave(failureFrom(thrown));
    }
  }

  /** Makes a conversation of a file that was saved, and opens it. */
  async importFile(file: File): Promise<void> {
    try {
      const { connection } = this;
      const { conversation } = await connection.request('conversation:import', await readConversation(file));
      await this.library.refresh();
      await this.open(conversation.id);
    } catch (thrown) {
      this.view.fail(thrown);
    }
  }

  /** Another way of looking starts a conversation of its own: what was said in the first way would colour it. */
  async watch(mode: EncoderMode): Promise<void> {
    const { chat } = this.view;
    if (chat === undefined) return;
    history.replaceState(null, '', '/');
    this.view.show(
      chatAbout(
        chat.clips.map(({ played, video }) => ({ played, video })),
        mode,
      ),
    );
    await this.clips.prepareAll();
  }

  /** Shows the branch before or after the one at this place. */
  choose({ message, siblings }: TreeMessage, step: 1 | -1): void {
    const id = siblings[siblings.indexOf(message.id) + step];
    if (id === undefined) return;
    this.view.change((chat) =>
      chat.conversation ? { ...chat, conversation: withChoice(chat.conversation, message, id) } : chat,
    );
  }

  async remove(conversationId: string): Promise<void> {
    const isGone = await this.library.remove(conversationId);
    if (isGone && this.view.chat?.conversation?.info.id === conversationId) this.view.leave();
  }

  get clipFormats(): ClipFormats {
    return this.model.value?.clipFormats ?? anyClip;
  }

  /** Waits for the model where the server still loads it. */
  async #waitForModel(): Promise<void> {
    for (;;) {
      try {
        this.model.value = await fetchModel();
        this.isStarting.value = false;
        return;
      } catch (thrown) {
        this.isStarting.value = failureFrom(thrown).code === 'starting';
        // the page works without knowing the model; the next action shows what is wrong
        if (!this.isStarting.value) return;
        await new Promise((resolve) => setTimeout(resolve, askAgainMs));
      }
    }
  }

  async #resume(): Promise<void> {
    if (this.model.value === undefined) await this.#waitForModel();
    await this.library.refresh();
    await this.answers.subscribe({ fromStart: false });
    await this.clips.prepareAll();
  }
}
