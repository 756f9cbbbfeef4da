import { LRUCache } from 'lru-cache';
import sharp from 'sharp';
import type { ClipSource, Frame } from '../types.ts';
import type { FrameStore } from './frame-store.ts';

/** A frame that the model sees, as a picture for people. */
export interface FilmFrame {
  /** Seconds from the clip's start. */
  readonly time: number;
  readonly jpeg: Buffer;
}

const maxBytes = 32 * 2 ** 20;

/** The frames that are sampled from clips, as pictures. */
export class FilmStrips {
  readonly #frames: FrameStore;
  readonly #strips = new LRUCache<string, readonly FilmFrame[]>({
    maxSize: maxBytes,
    sizeCalculation: (strip) => strip.reduce((bytes, { jpeg }) => bytes + jpeg.length, 0),
  });

  constructor(frames: FrameStore) {
    this.#frames = frames;
  }

  /** Drops the pictures of a clip, by its SHA-256. */
  forget(sha256: string): void {
    for (const key of [...this.#strips.keys()]) if (key.startsWith(sha256)) this.#strips.delete(key);
  }

  /** Throws what probing and sampling throw. */
  async of(source: ClipSource, count: number, signal: AbortSignal): Promise<readonly FilmFrame[]> {
    const key = source.sha256 === undefined ? undefined : `${source.sha256} ${count}`;
    const known = key === undefined ? undefined : this.#strips.get(key);
    if (known !== undefined) return known;
    const clip = await this.#frames.probe(source, { signal });
    const frames = await this.#frames.sample(clip, { count, signal });
    const strip = await Promise.all(frames.map(toFilmFrame));
    if (key !== undefined) this.#strips.set(key, strip);
    return strip;
  }
}

async function toFilmFrame({ time, rgb, width, height }: Frame): Promise<FilmFrame> {
  const raw = { width, height, channels: 3 } as const;
  return { time, jpeg: await sharp(rgb, { raw }).jpeg({ quality: 85 }).toBuffer() };
}
