import { LRUCache } from 'lru-cache';
import sharp from 'sharp';
import { Deletions } from '#core/deletions.ts';
import type { ClipSource, Frame } from '../types.ts';
import type { FrameStore } from './frame-store.ts';
import { type PartBounds, partWithin } from './part.ts';

/** A frame that the model sees, as a picture for people. */
export interface FilmFrame {
  /** Seconds from the clip's start. */
  readonly time: number;
  readonly jpeg: Buffer;
}

export interface FilmStripOptions extends PartBounds {
  /** Frames, spread evenly. */
  readonly count: number;
}

const maxBytes = 32 * 2 ** 20;

/** The frames that are sampled from clips, as pictures. */
export class FilmStrips {
  readonly #frames: FrameStore;
  readonly #strips = new LRUCache<string, readonly FilmFrame[]>({
    maxSize: maxBytes,
    sizeCalculation: (strip) => strip.reduce((bytes, { jpeg }) => bytes + jpeg.length, 0),
  });
  readonly #deletions = new Deletions();

  constructor(frames: FrameStore) {
    this.#frames = frames;
  }

  /** Drops the pictures of a clip, by its SHA-256. */
  forget(sha256: string): void {
    this.#deletions.delete(sha256);
    for (const key of [...this.#strips.keys()]) if (key.startsWith(sha256)) this.#strips.delete(key);
  }

  /** Frames of a clip, or of a part of it. Throws what probing and sampling throw, and as `partWithin`. */
  async of(source: ClipSource, wish: FilmStripOptions, signal: AbortSignal): Promise<readonly FilmFrame[]> {
    const { sha256 } = source;
    if (sha256 === undefined) return this.#draw(source, wish, signal);
    const { count, start = '', end = '' } = wish;
    const key = `${sha256} ${count} ${start}-${end}`;
    const known = this.#strips.get(key);
    if (known !== undefined) return known;
    return this.#deletions.watch(sha256, async (isDeleted) => {
      const strip = await this.#draw(source, wish, signal);
      if (!isDeleted()) this.#strips.set(key, strip);
      return strip;
    });
  }

  async #draw(
    source: ClipSource,
    { count, ...bounds }: FilmStripOptions,
    signal: AbortSignal,
  ): Promise<readonly FilmFrame[]> {
    const clip = await this.#frames.probe(source, { signal });
    const part = clip.facts && partWithin(bounds, clip.facts);
    const frames = await this.#frames.sample({ ...clip, part }, { count, signal });
    return Promise.all(frames.map(toFilmFrame));
  }
}

async function toFilmFrame({ time, rgb, width, height }: Frame): Promise<FilmFrame> {
  const raw = { width, height, channels: 3 } as const;
  return { time, jpeg: await sharp(rgb, { raw }).jpeg({ quality: 85 }).toBuffer() };
}
