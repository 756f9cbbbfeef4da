import sharp from 'sharp';
import type { WorkQueue } from '#core/work-queue.ts';
import { sampleFrames } from './sample.ts';
import { LruCache } from '#core/lru-cache.ts';
import { SingleFlight } from '#core/single-flight.ts';
import type { ClipSource, Frame } from '../types.ts';
import { probeWithin } from '../encode-video.ts';

/** A frame that the model looks at, for people to look at. */
export interface FilmFrame {
  /** Seconds from the clip's start. */
  readonly time: number;
  readonly jpeg: Buffer;
}

export interface FilmstripParts {
  readonly decoding: WorkQueue;
  /** Side of the square the encoder sees. */
  readonly imageSize: number;
  /** Longest clip taken, in seconds. */
  readonly maxSeconds: number;
}

/** Film strips kept in memory: a few hundred kilobytes each. */
const stripsRemembered = 64;

/** The very frames that are sampled from clips, as pictures. */
export class Filmstrips {
  readonly #parts: FilmstripParts;
  readonly #known = new LruCache<readonly FilmFrame[]>(stripsRemembered);
  readonly #reading = new SingleFlight<never, readonly FilmFrame[]>();

  constructor(parts: FilmstripParts) {
    this.#parts = parts;
  }

  /** Throws what probing and sampling throw. */
  async of(source: ClipSource, count: number, signal: AbortSignal): Promise<readonly FilmFrame[]> {
    const key = `${source.sha256 ?? source.path} ${count}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const options = { signal, onProgress: () => undefined };
    const strip = await this.#reading.run(key, options, (shared) =>
      this.#read(source.path, count, shared.signal),
    );
    this.#known.set(key, strip);
    return strip;
  }

  async #read(path: string, count: number, signal: AbortSignal): Promise<readonly FilmFrame[]> {
    const { decoding, imageSize, maxSeconds } = this.#parts;
    const frames = await decoding.run(
      async () => {
        const clip = await probeWithin(path, { maxSeconds, signal });
        return sampleFrames(clip, { frames: count, imageSize, signal });
      },
      { signal },
    );
    return Promise.all(frames.map(async (frame) => ({ time: frame.time, jpeg: await jpegOf(frame) })));
  }
}

function jpegOf({ rgb, width, height }: Frame): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}
