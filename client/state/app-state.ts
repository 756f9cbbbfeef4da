import { effect, signal } from '@preact/signals';
import { texts } from '../messages/language.ts';
import { currentAddress, setAddress } from './address.ts';
import { Analysis } from './analysis.ts';
import { Answers } from './answers.ts';
import { Attention } from './attention.ts';
import { ClipLibrary } from './clip-library.ts';
import { Clips, storedClip } from './clips.ts';
import { Connection } from './connection.ts';
import { type TreeMessage, turnsOf, withChoice } from './conversation.ts';
import { catchUp, showConversation } from './conversation-reading.ts';
import { Drafts } from './drafts.ts';
import { failureFrom } from './failure.ts';
import { Finder } from './finder.ts';
import { Landmarks } from './landmarks.ts';
import { Library } from './library.ts';
import { removeMessage } from './message-deletion.ts';
import { anyClip, type ClipFormats, type Model } from './model.ts';
import { waitForModel } from './model-loading.ts';
import { Outbox } from './outbox.ts';
import { chatAbout } from './screen.ts';
import type { Settings } from './settings.ts';
import { Sharing } from './sharing.ts';
import { Timelines } from './timelines.ts';
import { titleOf } from './title.ts';
import { Toasts } from './toasts.ts';
import { Transfer } from './transfer.ts';
import { rest } from './rest.ts';
import { fetchSample } from './videos.ts';
import { ViewState } from './view-state.ts';

/** What is open over the page. */
export type Overlay = 'shortcuts' | 'palette' | undefined;

/** One person at the page: what they see, and everything they can do. No method rejects. */
export class AppState {
  readonly view = new ViewState();
  readonly model = signal<Model | undefined>(undefined);
  /** Whether the server still loads the model. */
  readonly isStarting = signal(false);
  readonly overlay = signal<Overlay>(undefined);
  /** Whether the list of conversations is open where the page is too narrow to show it always. */
  readonly isListOpen = signal(false);
  readonly settings: Settings;
  readonly drafts = new Drafts();
  readonly outbox = new Outbox();
  readonly toasts = new Toasts();
  readonly landmarks = new Landmarks();
  readonly attention = new Attention();
  readonly timelines = new Timelines();
  readonly finder = new Finder();
  readonly clipLibrary = new ClipLibrary();
  readonly connection: Connection;
  readonly library: Library;
  readonly clips: Clips;
  readonly answers: Answers;
  readonly analysis: Analysis;
  readonly transfer: Transfer;
  readonly sharing: Sharing;

  constructor(settings: Settings) {
    this.settings = settings;
    const { view, outbox, drafts } = this;
    this.connection = new Connection({
      onGeneration: (event) => this.answers.onEvent(event),
      onPrepareProgress: ({ stage, done, total }) =>
        view.change((chat) => ({ ...chat, work: { stage, done, total } })),
      onConversationChanged: (conversationId) => void this.#catchUp(conversationId),
      onBack: () => void this.#resume(),
      onUnreadable: (error) => view.fail(error),
    });
    const { connection } = this;
    this.library = new Library({ connection, onFailure: (thrown) => view.fail(thrown) });
    this.analysis = new Analysis(view);
    this.clips = new Clips({
      view,
      connection,
      settings,
      onDuplicate: (file, clip) => this.toasts.show(texts.value.clip.duplicate(file, clip)),
    });
    this.answers = new Answers({
      view,
      connection,
      settings,
      outbox,
      drafts,
      onAsked: () => void this.library.refresh(),
    });
    this.transfer = new Transfer(connection);
    this.sharing = new Sharing({ view, connection, toasts: this.toasts });
    // a question without a conversation cannot wait once its clips are left
    effect(() => {
      if (view.screen.value.at === 'chat') return;
      for (const question of outbox.of(undefined)) this.answers.takeBack(question);
    });
    effect(() => {
      document.title = titleOf(view.screen.value, this.conversationTitle, texts.value);
    });
  }

  /** Of the open conversation, as the list has it by now; the server names it by its first question. */
  get conversationTitle(): string | undefined {
    const info = this.view.chat?.conversation?.info;
    return this.library.conversations.find(({ id }) => id === info?.id)?.title ?? info?.title;
  }

  /** Shows what the address names, and what there is. */
  async begin(): Promise<void> {
    addEventListener('popstate', () => void this.#showAddress());
    addEventListener('pagehide', () => this.toasts.dismissAll());
    void this.library.refresh();
    void this.sharing.load();
    await waitForModel(this);
    // a clip that was chosen before the model was there stays on the screen
    if (this.view.screen.value.at === 'start') await this.#showAddress();
    await this.answers.sendElsewhere();
  }

  /** Back to the start, where a new conversation begins. */
  startOver(): void {
    this.view.leave();
    setAddress({ at: 'start' });
    this.isListOpen.value = false;
  }

  /** A conversation that has no clip yet, and may never have one. */
  beginWithoutClip(): void {
    this.view.leave();
    this.view.show(chatAbout([], 'stan'));
    setAddress({ at: 'start' });
  }

  async showClips(): Promise<void> {
    this.view.leave();
    this.view.show({ at: 'clips' });
    setAddress({ at: 'clips' });
    this.isListOpen.value = false;
    await this.clipLibrary.load();
  }

  async beginWith(files: readonly File[]): Promise<void> {
    setAddress({ at: 'start' });
    await this.clips.begin(files);
  }

  /** Begins with one of the server's own clips, and asks about it where a question is given. */
  async beginWithSample(name: string, question?: string): Promise<void> {
    try {
      const started = this.beginWith([await fetchSample(name, this.view.signal)]);
      if (question !== undefined) this.answers.ask(question);
      await started;
    } catch (thrown) {
      this.view.fail(thrown);
    }
  }

  /** A conversation about clips that the server has. */
  async beginWithStored(videoIds: readonly string[]): Promise<void> {
    const { view } = this;
    view.leave();
    setAddress({ at: 'start' });
    const { signal } = view;
    try {
      const videos = await Promise.all(videoIds.map((id) => rest.video(id, signal)));
      if (signal.aborted) return;
      view.show(chatAbout(videos.map(storedClip), 'stan'));
      await this.clips.prepareAll();
    } catch (thrown) {
      if (!signal.aborted) view.leave(failureFrom(thrown));
    }
  }

  /** Files that were dropped or pasted belong to the conversation on the screen; else they begin one. */
  take(files: readonly File[]): Promise<void> {
    return this.view.chat === undefined ? this.beginWith(files) : this.clips.add(files);
  }

  /** Opens a conversation of the list, with its clips and messages. */
  async open(conversationId: string): Promise<void> {
    this.isListOpen.value = false;
    await showConversation(conversationId, this);
  }

  /** Brings in conversations that were saved; one alone is opened. */
  async importFile(file: File): Promise<void> {
    try {
      const ids = await this.transfer.importFile(file);
      await this.library.refresh();
      const [id] = ids;
      if (ids.length === 1 && id !== undefined) await this.open(id);
      else this.toasts.show(texts.value.conversations.imported(ids.length));
    } catch (thrown) {
      this.view.fail(thrown);
    }
  }

  /** Saves these conversations in a file; all where none are named. */
  async export(ids?: readonly string[]): Promise<void> {
    try {
      await this.transfer.exportFile(this.model.value?.name ?? '', ids);
    } catch (thrown) {
      this.view.fail(thrown);
    }
  }

  /** Shows the branch before or after the one at this place. */
  choose({ message, siblings }: TreeMessage, step: 1 | -1): void {
    const id = siblings[siblings.indexOf(message.id) + step];
    if (id === undefined) return;
    this.view.change((chat) =>
      chat.conversation ? { ...chat, conversation: withChoice(chat.conversation, message, id) } : chat,
    );
  }

  /** Opens the editor of a question; of the last one where none is named. */
  edit(messageId?: string): void {
    this.view.change(({ editing: _before, ...chat }) => {
      const last = chat.conversation && turnsOf(chat.conversation).at(-1)?.question.message.id;
      const editing = messageId ?? last;
      return editing === undefined ? chat : { ...chat, editing };
    });
  }

  stopEditing(): void {
    this.view.change(({ editing: _ended, ...chat }) => chat);
    this.landmarks.focus('question');
  }

  /** Deletes a question of the open conversation with its answers and all that follows. */
  removeMessage(messageId: string): void {
    removeMessage(messageId, this);
  }

  /** Deletes conversations, with a way back while the message about it stays. */
  remove(conversationIds: readonly string[]): void {
    this.library.hide(conversationIds);
    const open = this.view.chat?.conversation?.info.id;
    if (open !== undefined && conversationIds.includes(open)) this.startOver();
    const t = texts.value.conversations;
    this.toasts.show(t.deleted(conversationIds.length), {
      label: t.undo,
      run: () => this.library.restore(conversationIds),
      onEnd: () => void this.library.confirmDeletion(conversationIds),
    });
  }

  removeClips(videoIds: readonly string[]): void {
    this.clipLibrary.hide(videoIds);
    const t = texts.value;
    this.toasts.show(t.clips.deleted(videoIds.length), {
      label: t.conversations.undo,
      run: () => void this.clipLibrary.load(),
      onEnd: () => void this.clipLibrary.confirmDeletion(videoIds),
    });
  }

  async #showAddress(): Promise<void> {
    const address = currentAddress();
    if (address.at === 'clips') await this.showClips();
    else if (address.at === 'start') {
      if (this.view.screen.value.at !== 'start') this.view.leave();
    } else if (this.view.chat?.conversation?.info.id !== address.conversationId) {
      await this.open(address.conversationId);
    }
  }

  get clipFormats(): ClipFormats {
    return this.model.value?.clipFormats ?? anyClip;
  }

  /** Shows what another tab or browser did. */
  async #catchUp(conversationId: string): Promise<void> {
    await this.library.refresh();
    const { isGone } = await catchUp(conversationId, this);
    if (!isGone) return;
    this.startOver();
    this.toasts.show(texts.value.conversations.deletedElsewhere);
  }

  async #resume(): Promise<void> {
    this.view.change((chat) => {
      const { failure, ...rest } = chat;
      return failure?.code === 'unreachable' ? rest : chat;
    });
    if (this.model.value === undefined) await waitForModel(this);
    await this.library.refresh();
    await this.answers.subscribe({ fromStart: false });
    await this.clips.prepareAll();
    await this.answers.sendElsewhere();
  }
}
