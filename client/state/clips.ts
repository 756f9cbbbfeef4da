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
  readonly display: ViewState;
  readonly connection: Connection;
  readonly settings: Settings;
}

/** The clips of the conversation on the screen: how they get to the server, and have the model look at them. */
export class Clips {
  readonly #display: ViewState;
  readonly #connection: Connection;
  readonly #settings: Settings;

  constructor({ display, connection, settings }: ClipsParts) {
    this.#display = display;
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Leaves what is there, and begins with a clip. Never rejects, as all that follow. */
  async begin(getFile: (signal: AbortSignal) => Promise<File>): Promise<void> {
    const display = this.#display;
    display.leave();
    const { left } = display;
    try {
      const file = await getFile(left);
      const played = playedFile(file);
      const video = await this.#upload(file, left, (upload) =>
        display.show({ at: 'upload', clip: played, upload }),
      );
      display.show(chatAbout([{ played, video }], 'stan'));
    } catch (thrown) {
      if (!left.aborted) display.leave(failureFrom(thrown));
      return;
    }
    await this.prepareAll();
  }

  /** A further clip, which the next question brings. */
  async add(file: File): Promise<void> {
    const display = this.#display;
    const { left } = display;
    const played = playedFile(file);
    try {
      display.change(({ failure: _past, ...chat }) => chat);
      const video = await this.#upload(file, left, (upload) =>
        display.change((chat) => ({ ...chat, upload })),
      );
      display.change(({ upload: _came, ...chat }) => withClip(chat, { played, video }));
      await this.prepareAll();
    } catch (thrown) {
      URL.revokeObjectURL(played.url);
      if (left.aborted) return;
      display.change(({ upload: _lost, ...chat }) => chat);
      display.fail(thrown);
    }
  }

  /** Shows a clip of the conversation beside it. */
  choose(videoId: string): void {
    this.#display.change((chat) => ({ ...chat, shown: videoId }));
  }

  /** Takes a clip out again that no question has brought yet. */
  drop(videoId: string): void {
    this.#display.change(({ shown, ...chat }) => {
      const clips = chat.clips.filter(({ video }) => video.id !== videoId);
      const next = shown === videoId ? clips.at(-1)?.video.id : shown;
      const pendingClips = chat.pendingClips.filter((id) => id !== videoId);
      return { ...chat, clips, pendingClips, ...(next !== undefined && { shown: next }) };
    });
  }

  /** Has the server look at what it has not seen yet, so that the first answer does not wait for it. */
  async prepareAll(): Promise<void> {
    const chat = this.#display.chat;
    const unseen = chat?.clips.filter(({ seen }) => seen === undefined) ?? [];
    await Promise.all(unseen.map(({ video }) => this.#prepare(video, chat?.mode ?? 'stan')));
  }

  async #prepare(video: VideoResource, mode: EncoderMode): Promise<void> {
    const display = this.#display;
    const { left } = display;
    const { frames } = this.#settings.answers.value;
    // by then another clip, or another way of looking, may be on the screen
    const isCurrent = (): boolean => !left.aborted && display.chat?.mode === mode;
    try {
      const seen = await this.#connection.request('video:prepare', { videoId: video.id, mode, frames });
      if (!isCurrent()) return;
      const look = (clip: ShownClip): ShownClip => (clip.video.id === video.id ? { ...clip, seen } : clip);
      display.change((chat) => atRest({ ...chat, clips: chat.clips.map(look) }));
    } catch (thrown) {
      if (!isCurrent()) return;
      display.change(atRest);
      display.fail(thrown);
    }
  }

  /** Throws `PageError`. */
  #upload(file: File, signal: AbortSignal, tell: (upload: UploadProgress) => void): Promise<VideoResource> {
    const { name, size: total } = file;
    const start = performance.now();
    tell({ name, sent: 0, total, bytesPerSecond: 0 });
    const onProgress = (sent: number): void => {
      const bytesPerSecond = (1000 * sent) / (performance.now() - start);
      if (!signal.aborted) tell({ name, sent, total, bytesPerSecond });
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
