import type { VideoResource } from '#contract/rest.ts';
import type { Connection } from './connection.ts';
import type { ViewState } from './view-state.ts';
import { failureFrom } from './failure.ts';
import {
  type UploadProgress,
  type ChatScreen,
  atRest,
  chatAbout,
  type EncoderMode,
  type PlayedClip,
  type ShownClip,
} from './screen.ts';
import type { Settings } from './settings.ts';
import { uploadClip } from './upload.ts';

export interface ClipsParts {
  readonly view: ViewState;
  readonly connection: Connection;
  readonly settings: Settings;
}

/** The clips of the conversation on the screen: how they get to the server, and have the model look at them. */
export class Clips {
  readonly #view: ViewState;
  readonly #connection: Connection;
  readonly #settings: Settings;

  constructor({ view, connection, settings }: ClipsParts) {
    this.#view = view;
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Leaves what is there, and begins with a clip. Never rejects, as all that follow. */
  async begin(getFile: (signal: AbortSignal) => Promise<File>): Promise<void> {
    const view = this.#view;
    view.leave();
    const { signal } = view;
    try {
      const file = await getFile(signal);
      const played = playedFile(file);
      const video = await this.#upload(file, signal, (upload) =>
        view.show({ at: 'upload', clip: played, upload }),
      );
      view.show(chatAbout([{ played, video }], 'stan'));
    } catch (thrown) {
      if (!signal.aborted) view.leave(failureFrom(thrown));
      return;
    }
    await this.prepareAll();
  }

  /** A further clip, which the next question brings. */
  async add(file: File): Promise<void> {
    const view = this.#view;
    const { signal } = view;
    const played = playedFile(file);
    try {
      view.change(({ failure: _past, ...chat }) => chat);
      const video = await this.#upload(file, signal, (upload) =>
        view.change((chat) => ({ ...chat, upload })),
      );
      view.change(({ upload: _came, ...chat }) => withClip(chat, { played, video }));
      await this.prepareAll();
    } catch (thrown) {
      URL.revokeObjectURL(played.url);
      if (signal.aborted) return;
      view.change(({ upload: _lost, ...chat }) => chat);
      view.fail(thrown);
    }
  }

  /** Shows a clip of the conversation beside it. */
  choose(videoId: string): void {
    this.#view.change((chat) => ({ ...chat, shown: videoId }));
  }

  /** Takes a clip out again that no question has brought yet. */
  drop(videoId: string): void {
    this.#view.change(({ shown, ...chat }) => {
      const clips = chat.clips.filter(({ video }) => video.id !== videoId);
      const next = shown === videoId ? clips.at(-1)?.video.id : shown;
      const pendingClips = chat.pendingClips.filter((id) => id !== videoId);
      return { ...chat, clips, pendingClips, ...(next !== undefined && { shown: next }) };
    });
  }

  /** Has the server look at what it has not seen yet, so that the first answer does not wait for it. */
  async prepareAll(): Promise<void> {
    const chat = this.#view.chat;
    const unseen = chat?.clips.filter(({ receipt }) => receipt === undefined) ?? [];
    await Promise.all(unseen.map(({ video }) => this.#prepare(video, chat?.mode ?? 'stan')));
  }

  async #prepare(video: VideoResource, mode: EncoderMode): Promise<void> {
    const view = this.#view;
    const { signal } = view;
    const { frames } = this.#settings.answers.value;
    // by then another clip, or another way of looking, may be on the screen
    const isCurrent = (): boolean => !signal.aborted && view.chat?.mode === mode;
    try {
      const receipt = await this.#connection.request('video:prepare', { videoId: video.id, mode, frames });
      if (!isCurrent()) return;
      const look = (clip: ShownClip): ShownClip => (clip.video.id === video.id ? { ...clip, receipt } : clip);
      view.change((chat) => atRest({ ...chat, clips: chat.clips.map(look) }));
    } catch (thrown) {
      if (!isCurrent()) return;
      view.change(atRest);
      view.fail(thrown);
    }
  }

  /** Throws `ClientError`, `PageError`. */
  #upload(
    file: File,
    signal: AbortSignal,
    onUpdate: (upload: UploadProgress) => void,
  ): Promise<VideoResource> {
    const { name, size: total } = file;
    const start = performance.now();
    onUpdate({ name, sent: 0, total, bytesPerSecond: 0 });
    const onProgress = (sent: number): void => {
      const bytesPerSecond = (1000 * sent) / (performance.now() - start);
      if (!signal.aborted) onUpdate({ name, sent, total, bytesPerSecond });
    };
    return uploadClip(file, { onProgress, signal });
  }
}

/** The same bytes are the same clip: it is shown, not there twice. */
function withClip(chat: ChatScreen, clip: ShownClip): ChatScreen {
  const { id: shown } = clip.video;
  if (chat.clips.some(({ video }) => video.id === shown)) return { ...chat, shown };
  return { ...chat, clips: [...chat.clips, clip], pendingClips: [...chat.pendingClips, shown], shown };
}

function playedFile(file: File): PlayedClip {
  return { name: file.name, url: URL.createObjectURL(file), picture: file.type === 'image/gif' };
}

/** A clip that the server keeps. */
export function storedClip(video: VideoResource): ShownClip {
  const { id, name } = video;
  return { video, played: { name, url: `/v1/videos/${id}/file`, picture: /\.gif$/i.test(name) } };
}
