import type { VideoResource } from '#contract/rest.ts';
import { newKey } from '#contract/client-chat.ts';
import type { ClipPart } from './clip-part.ts';
import type { Connection } from './connection.ts';
import { failureFrom } from './failure.ts';
import {
  atRest,
  chatAbout,
  type ChatScreen,
  type EncoderMode,
  type PlayedClip,
  type ShownClip,
} from './screen.ts';
import type { Settings } from './settings.ts';
import type { ViewState } from './view-state.ts';

export interface ClipsParts {
  readonly view: ViewState;
  readonly connection: Connection;
  readonly settings: Settings;
  /** A file has the same bytes as a clip that is there already. */
  readonly onDuplicate: (fileName: string, clipName: string) => void;
}

/** The clips of the conversation on the screen: uploading them and having them encoded. No method rejects. */
export class Clips {
  readonly #view: ViewState;
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #onDuplicate: ClipsParts['onDuplicate'];
  /** By the ids of the uploads. */
  readonly #cancellations = new Map<string, AbortController>();

  constructor({ view, connection, settings, onDuplicate }: ClipsParts) {
    this.#view = view;
    this.#connection = connection;
    this.#settings = settings;
    this.#onDuplicate = onDuplicate;
  }

  /** Leaves what is on the screen, and begins with these clips. */
  async begin(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    this.#view.leave();
    this.#view.show(chatAbout([], 'stan'));
    await this.add(files);
  }

  /** Further clips, which the next question brings. */
  async add(files: readonly File[]): Promise<void> {
    this.#view.change(({ failure: _past, ...chat }) => chat);
    await Promise.all(files.map((file) => this.#addOne(file)));
  }

  cancelUpload(id: string): void {
    this.#cancellations.get(id)?.abort();
  }

  /** Shows a clip of the conversation beside it. */
  choose(videoId: string): void {
    this.#view.change((chat) => ({ ...chat, shown: videoId }));
  }

  /** Whether the next question brings a clip. */
  include(videoId: string, isIncluded: boolean): void {
    this.#view.change((chat) => {
      const others = chat.included.filter((id) => id !== videoId);
      return { ...chat, included: isIncluded ? [...others, videoId] : others };
    });
  }

  /** The part that the next questions are about; all of the clips where there is none. */
  choosePart(part: ClipPart | undefined): void {
    this.#view.change(({ part: _before, ...chat }) => ({ ...chat, ...(part && { part }) }));
  }

  /** Takes a clip out again that no question has brought yet. */
  drop(videoId: string): void {
    if (this.#view.chat?.part?.videoId === videoId) this.choosePart(undefined);
    this.#view.change(({ shown, ...chat }) => {
      const clips = chat.clips.filter(({ video }) => video.id !== videoId);
      const next = shown === videoId ? clips.at(-1)?.video.id : shown;
      const included = chat.included.filter((id) => id !== videoId);
      return { ...chat, clips, included, ...(next !== undefined && { shown: next }) };
    });
  }

  /** How the next question has the clips encoded; what was asked before stays. */
  async setMode(mode: EncoderMode): Promise<void> {
    this.#view.change((chat) => ({
      ...chat,
      mode,
      clips: chat.clips.map(({ played, video }) => ({ played, video })),
    }));
    await this.prepareAll();
  }

  /** Has the server encode what it has not encoded yet, so that the first answer does not wait for it. */
  async prepareAll(): Promise<void> {
    const { chat } = this.#view;
    const missing = chat?.clips.filter(({ receipt, isUnreadable }) => !receipt && !isUnreadable) ?? [];
    await Promise.all(missing.map(({ video }) => this.#prepare(video, chat?.mode ?? 'stan')));
  }

  async #prepare(video: VideoResource, mode: EncoderMode): Promise<void> {
    const view = this.#view;
    const { signal } = view;
    const { frames } = this.#settings.answers.value;
    // by then another conversation, or another mode, may be on the screen
    const isCurrent = (): boolean => !signal.aborted && view.chat?.mode === mode;
    const change = (facts: Partial<ShownClip>): void =>
      view.change((chat) =>
        atRest({
          ...chat,
          clips: chat.clips.map((clip) => (clip.video.id === video.id ? { ...clip, ...facts } : clip)),
        }),
      );
    try {
      const receipt = await this.#connection.request('video:prepare', { videoId: video.id, mode, frames });
      if (isCurrent()) change({ receipt });
    } catch (thrown) {
      // when the connection is back, it is tried again
      if (!isCurrent() || failureFrom(thrown).code === 'unreachable') return;
      change({ isUnreadable: true });
      view.fail(thrown);
    }
  }

  async #addOne(file: File): Promise<void> {
    const view = this.#view;
    const { signal: left } = view;
    const id = newKey();
    const cancellation = new AbortController();
    this.#cancellations.set(id, cancellation);
    const played: PlayedClip = {
      name: file.name,
      url: URL.createObjectURL(file),
      picture: file.type.startsWith('image/'),
    };
    try {
      const video = await this.#upload(file, {
        id,
        played,
        signal: AbortSignal.any([left, cancellation.signal]),
      });
      if (left.aborted) return;
      const twin = view.chat?.clips.find((clip) => clip.video.id === video.id);
      if (twin !== undefined) this.#onDuplicate(file.name, twin.video.name);
      view.change((chat) => withClip(withoutUpload(chat, id), { played, video }));
      await this.prepareAll();
    } catch (thrown) {
      URL.revokeObjectURL(played.url);
      if (left.aborted) return;
      view.change((chat) => withoutUpload(chat, id));
      const failure = cancellation.signal.aborted ? undefined : { ...failureFrom(thrown), about: file.name };
      this.#settle(failure);
    } finally {
      this.#cancellations.delete(id);
    }
  }

  /** Where the only upload failed or was cancelled there is nothing to talk about: back to the start. */
  #settle(failure: ReturnType<typeof failureFrom> | undefined): void {
    const { chat } = this.#view;
    if (chat === undefined) return;
    const isEmpty = chat.clips.length === 0 && chat.uploads.length === 0 && chat.conversation === undefined;
    if (isEmpty) this.#view.leave(failure ?? chat.failure);
    else if (failure !== undefined) this.#view.change((now) => ({ ...now, failure }));
  }

  /** Throws `PageError`. */
  async #upload(
    file: File,
    { id, played, signal }: { id: string; played: PlayedClip; signal: AbortSignal },
  ): Promise<VideoResource> {
    const start = performance.now();
    const show = (sent: number): void => {
      if (signal.aborted) return;
      const bytesPerSecond = sent === 0 ? 0 : (1000 * sent) / (performance.now() - start);
      const upload = { id, played, sent, total: file.size, bytesPerSecond };
      this.#view.change((chat) => {
        const isNew = chat.uploads.every((one) => one.id !== id);
        const uploads = isNew
          ? [...chat.uploads, upload]
          : chat.uploads.map((one) => (one.id === id ? upload : one));
        return { ...chat, uploads };
      });
    };
    show(0);
    const { uploadClip } = await import('./upload.ts');
    return uploadClip(file, { onProgress: show, signal });
  }
}

function withoutUpload(chat: ChatScreen, id: string): ChatScreen {
  return { ...chat, uploads: chat.uploads.filter((upload) => upload.id !== id) };
}

/** The same bytes are the same clip: it is shown and included, not there twice. */
function withClip(chat: ChatScreen, clip: ShownClip): ChatScreen {
  const { id: shown } = clip.video;
  const included = [...chat.included.filter((id) => id !== shown), shown];
  if (chat.clips.some(({ video }) => video.id === shown)) return { ...chat, shown, included };
  return { ...chat, clips: [...chat.clips, clip], included, shown };
}

/** A clip that the server keeps. */
export function storedClip(video: VideoResource): ShownClip {
  const { id, name } = video;
  const picture = /\.(gif|png|jpe?g|webp)$/i.test(name);
  return { video, played: { name, url: `/v1/videos/${id}/file`, picture } };
}
