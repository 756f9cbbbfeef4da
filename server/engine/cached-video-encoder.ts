import type { PackageManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import type { TokenKey } from './token-cache/token-file.ts';
import type { TokenStore } from './token-cache/token-store.ts';
import type { FrameOrder } from './media/frame-order.ts';
import { samplerName } from './media/sample.ts';
import { LruCache } from '#core/lru-cache.ts';
import { SingleFlight } from '#core/single-flight.ts';
import type { ClipSource, EncoderMode } from './types.ts';
import {
  zeroTimings,
  type Progress,
  type EncodedVideo,
  encodeVideo,
  type EncodeVideoOptions,
  type EncodeVideoParts,
} from './encode-video.ts';

export interface CachedVideoEncoderParts extends Omit<EncodeVideoParts, 'vision'> {
  readonly manifest: PackageManifest;
  readonly packageHash: string;
  /** Longest clip taken, in seconds. */
  readonly maxClipSeconds: number;
  /** Encoded clips of earlier days. */
  readonly tokenStore?: Pick<TokenStore, 'get' | 'set'>;
  readonly observer?: {
    encoded?(clip: EncodedVideo, from: 'file' | 'disk' | 'memory'): void;
    /** Something failed that nobody needs to be told of: it costs time, nothing else. */
    onWarning?(what: string, error: unknown): void;
  };
}

export interface EncodeClipOptions {
  /** Default `stan`. */
  readonly mode?: EncoderMode | undefined;
  /** Frames to look at; the package's own number unless given. */
  readonly frames?: number | undefined;
  /** Default `forward`. */
  readonly order?: FrameOrder | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

type EncodeFileOptions = Omit<EncodeVideoOptions, 'maxSeconds'>;

/** Clips whose video tokens are kept: 64 of LLaVA's are 270 MB. */
const clipsRemembered = 64;

/** Sees to it that no clip is encoded twice in the same way: not at the same time, not again soon, not after a restart. */
export class CachedVideoEncoder {
  readonly #parts: CachedVideoEncoderParts;
  readonly #seen = new LruCache<EncodedVideo>(clipsRemembered);
  readonly #running = new SingleFlight<Progress, EncodedVideo>();

  constructor(parts: CachedVideoEncoderParts) {
    this.#parts = parts;
  }

  /** Watches a clip, or remembers it. Throws `invalid_request`, and what `encodeVideo` throws. */
  async encode(source: ClipSource, options: EncodeClipOptions): Promise<EncodedVideo> {
    const { mode = 'stan', signal, onProgress = () => undefined } = options;
    const frames = frameCountWithin(this.#parts.manifest.vision, options.frames);
    const { sha256, videoId, kind } = source;
    const order = kind === 'picture' ? 'forward' : (options.order ?? 'forward');
    const named = {
      signal,
      onProgress: (progress: Progress): void =>
        onProgress({ ...progress, ...(videoId !== undefined && { videoId }) }),
    };
    if (sha256 === undefined) return this.#encodeFile(source, { mode, frames, order, ...named });

    const sampler = kind === 'picture' ? kind : samplerName;
    const key = { sha256, mode, frames, sampler, order, packageHash: this.#parts.packageHash };
    const name = JSON.stringify(key);
    const known = this.#seen.get(name);
    if (known !== undefined) this.#parts.observer?.encoded?.(known, 'memory');
    const clip =
      known ??
      (await this.#running.run(name, named, (shared) =>
        this.#encodeStored({ path: source.path, sha256, kind }, key, { mode, frames, order, ...shared }),
      ));
    if (known === undefined) this.#seen.set(name, clip);
    return {
      ...clip,
      ...(known !== undefined && { timings: zeroTimings }),
      receipt: { ...(videoId !== undefined && { videoId }), ...clip.receipt },
    };
  }

  /** From the disk, if it was seen before; a store that fails costs the time to watch it again. */
  async #encodeStored(source: ClipSource, key: TokenKey, options: EncodeFileOptions): Promise<EncodedVideo> {
    const { tokenStore, observer } = this.#parts;
    const stored = await tokenStore?.get(key).catch((error: unknown) => {
      observer?.onWarning?.('an encoded clip could not be read', error);
    });
    if (stored !== undefined) {
      const { tokens, frames } = stored;
      const { sha256, mode, sampler, order = 'forward' } = key;
      const videoTokens = { count: tokens.count, width: tokens.width };
      const receipt = {
        sha256,
        mode,
        sampler,
        frames: [...frames],
        videoTokens,
        ...(order !== 'forward' && { order }),
      };
      const clip = { tokens, receipt, timings: zeroTimings };
      observer?.encoded?.(clip, 'disk');
      return clip;
    }
    const clip = await this.#encodeFile(source, options);
    const { tokens, receipt, timings } = clip;
    await tokenStore?.set(key, { tokens, frames: receipt.frames, timings }).catch((error: unknown) => {
      observer?.onWarning?.('an encoded clip could not be kept', error);
    });
    return clip;
  }

  async #encodeFile(source: ClipSource, options: EncodeFileOptions): Promise<EncodedVideo> {
    const { manifest, encoder, decoding, maxClipSeconds: maxSeconds, observer } = this.#parts;
    const parts = { encoder, decoding, vision: manifest.vision };
    const clip = await encodeVideo(source, parts, { ...options, maxSeconds });
    observer?.encoded?.(clip, 'file');
    return clip;
  }
}

/** Frames to look at; the package's own number unless given. Throws `invalid_request` for more than it takes. */
export function frameCountWithin(
  vision: Pick<PackageManifest['vision'], 'frames' | 'maxFrames'>,
  frames: number = vision.frames,
): number {
  if (frames <= vision.maxFrames) return frames;
  const message = `frames: this model looks at ${vision.maxFrames} frames at most`;
  throw new AppError('invalid_request', message, { param: 'frames' });
}
