import type { Readable } from 'node:stream';
import { videoId } from '#contract/rest.ts';
import type { ClipSource } from '#engine/types.ts';
import { AppError } from '#errors';
import { openDataUrl } from '#remote/data-url.ts';
import type { RemoteMedia } from '#remote/remote-media.ts';
import type { Viewer } from '#store/viewer.ts';
import type { ClipStore, Upload } from '#store/clip-store.ts';
import type { MediaPart } from './chat-request.ts';

export interface RequestMediaOptions {
  readonly store: ClipStore;
  /** Whose stored clips the request may name. */
  readonly viewer: Viewer;
  readonly remote: Pick<RemoteMedia, 'open'>;
  /** Of one clip, in bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Clips and pictures that one request brings; they lie on the disk until `discard`, and nothing of them is kept. */
export class RequestMedia {
  readonly #options: RequestMediaOptions;
  readonly #uploads: Upload[] = [];
  /** A client sends the whole conversation each time, and often the same clip again in it. */
  readonly #known = new Map<string, ClipSource>();

  constructor(options: RequestMediaOptions) {
    this.#options = options;
  }

  /** Throws `invalid_request`, `not_found`, `forbidden` (an address that is not allowed), `too_large`, `storage_full`. */
  async open(part: MediaPart): Promise<ClipSource> {
    const url = urlOf(part);
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const source = await this.#source(url, part.type === 'image_url' ? 'picture' : 'clip');
    this.#known.set(url, source);
    return source;
  }

  async discard(): Promise<void> {
    await Promise.all(this.#uploads.map((upload) => this.#options.store.discard(upload)));
  }

  async #source(url: string, kind: 'clip' | 'picture'): Promise<ClipSource> {
    const { store, viewer, remote, maxBytes, signal } = this.#options;
    const [, stored] = /^video:\/\/(.*)$/i.exec(url) ?? [];
    if (stored !== undefined) {
      if (kind === 'picture') throw new AppError('invalid_request', 'image_url: a stored clip is no picture');
      return store.source(viewer, videoId.safeParse(stored).data ?? '');
    }
    if (/^data:/i.test(url)) return this.#receive(openDataUrl(url, { maxBytes }).stream, kind);
    if (/^https?:/i.test(url)) return this.#receive((await remote.open(url, { signal })).stream, kind);
    const message = `${kind === 'clip' ? 'video_url' : 'image_url'}: send a data:, video:// or http(s): address`;
    throw new AppError('invalid_request', message);
  }

  async #receive(stream: Readable, kind: 'clip' | 'picture'): Promise<ClipSource> {
    const { store, maxBytes, signal } = this.#options;
    const upload = await store.receive(stream, { maxBytes, signal });
    this.#uploads.push(upload);
    if (upload.bytes === 0) throw new AppError('bad_video', 'The file is empty.');
    return { path: upload.path, sha256: upload.sha256, kind };
  }
}

function urlOf(part: MediaPart): string {
  if (part.type === 'image_url') return part.image_url.url;
  if (part.type === 'video_url') return part.video_url.url;
  const { input_video: video } = part;
  if ('url' in video) return video.url;
  return /^data:/i.test(video.data) ? video.data : `data:video/mp4;base64,${video.data}`;
}
