import { LRUCache } from 'lru-cache';
import { chooseLayout } from '#models/nets/layouts/choose-layout.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { Deletions } from '#core/deletions.ts';
import { SingleFlight } from '#core/single-flight.ts';
import type { ProgressEvent } from './events.ts';
import type { FrameOrder } from './media/frame-order.ts';
import type { FrameStore } from './media/frame-store.ts';
import { samplerOf } from './media/sample.ts';
import { type EncodedVideo, type Encoder, encodeVideo, type LoadOptions } from './pipeline.ts';
import { zeroTimings } from './stage-timer.ts';
import type { StoredTokens, TokenKey } from './token-cache/token-file.ts';
import type { TokenStore } from './token-cache/token-store.ts';
import type { ClipSource, EncoderMode, RequestedMode } from './types.ts';

export interface CachedVideoEncoderParts {
  readonly manifest: PackageManifest;
  readonly packageHash: string;
  readonly encoder: Encoder;
  readonly frames: FrameStore;
  /** Disk cache of encoded clips. */
  readonly tokenStore?: Pick<TokenStore, 'get' | 'set' | 'forget'>;
  readonly observer?: {
    encoded?(clip: EncodedVideo, from: 'file' | 'disk' | 'memory'): void;
    /** A non-fatal failure, which only costs time. */
    onWarning?(what: string, error: unknown): void;
  };
}

export interface EncodeClipOptions {
  /** Default `stan`. */
  readonly mode?: RequestedMode | undefined;
  /** Frames to sample. Default: the package's own number. */
  readonly frames?: number | undefined;
  /** Default `forward`. */
  readonly order?: FrameOrder | undefined;
  /** Runs when no other work waits. */
  readonly background?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ProgressEvent) => void;
}

type EncodeOptions = LoadOptions & { readonly mode: EncoderMode };

/** Bytes of video tokens in memory: 64 clips of LLaVA's at 336 pixels are 600 MB. */
const maxTokenBytes = 256 * 2 ** 20;

/** Encodes each clip once: deduplicates concurrent requests, then memory, then the disk cache. */
export class CachedVideoEncoder {
  readonly #parts: CachedVideoEncoderParts;
  readonly #encoded = new LRUCache<string, EncodedVideo>({
    maxSize: maxTokenBytes,
    sizeCalculation: ({ tokens }) => tokens.data.byteLength,
  });
  readonly #running = new SingleFlight<ProgressEvent, EncodedVideo>();
  readonly #deletions = new Deletions();

  constructor(parts: CachedVideoEncoderParts) {
    this.#parts = parts;
    parts.frames.serveEncoder(parts.manifest.vision.imageSize);
  }

  /** A clip without a hash is not cached. Throws `invalid_request`, and what `encodeVideo` throws. */
  async encode(source: ClipSource, options: EncodeClipOptions): Promise<EncodedVideo> {
    const { signal, background, onProgress = () => undefined } = options;
    const frames = frameCountWithin(this.#parts.manifest.vision, options.frames);
    const { sha256, videoId, kind, part } = source;
    const mode = await this.#resolve(source, frames, options);
    const order = kind === 'picture' ? 'forward' : (options.order ?? 'forward');
    const named = {
      signal,
      onProgress: (progress: ProgressEvent): void =>
        onProgress({ ...progress, ...(videoId !== undefined && { videoId }) }),
    };
    if (sha256 === undefined) return this.#encodeFile(source, { mode, frames, order, background, ...named });

    const { packageHash } = this.#parts;
    const key = { sha256, mode, frames, sampler: samplerOf(source), order, packageHash, part };
    const name = JSON.stringify(key);
    const known = this.#encoded.get(name);
    if (known !== undefined) this.#parts.observer?.encoded?.(known, 'memory');
    const clip =
      known ??
      (await this.#deletions.watch(sha256, async (isDeleted) => {
        const made = await this.#running.run(name, named, (shared) =>
          this.#loadOrEncode(source, key, { mode, frames, order, background, ...shared }),
        );
        if (!isDeleted()) this.#encoded.set(name, made);
        return made;
      }));
    return {
      tokens: clip.tokens,
      timings: known === undefined ? clip.timings : zeroTimings,
      receipt: { ...(videoId !== undefined && { videoId }), ...clip.receipt },
    };
  }

  /** Drops the tokens of a clip, by its SHA-256, from memory and disk; those that are being made are not kept. */
  forget(sha256: string): void {
    this.#deletions.delete(sha256);
    for (const [name, { receipt }] of [...this.#encoded.entries()])
      if (receipt.sha256 === sha256) this.#encoded.delete(name);
    this.#parts.tokenStore?.forget(sha256);
  }

  /** The layout that `auto` stands for: a clip gets at most a quarter of the context, and of the rows of all clips. */
  async #resolve(source: ClipSource, frames: number, options: EncodeClipOptions): Promise<EncoderMode> {
    const { mode = 'stan', signal } = options;
    if (mode !== 'auto') return mode;
    const { manifest, frames: store } = this.#parts;
    const { facts } = await store.probe(source, { signal });
    const { part } = source;
    const duration = part === undefined ? (facts?.duration ?? 0) : part.end - part.start;
    const tokensPerFrame = manifest.vision.tokens;
    const { context, slots } = manifest.language;
    const maxTokens = Math.floor(Math.min(context, slots * tokensPerFrame) / 4);
    return chooseLayout({ duration, frames, tokensPerFrame, maxTokens });
  }

  /** From the disk cache; where that fails, the clip is encoded again. */
  async #loadOrEncode(source: ClipSource, key: TokenKey, options: EncodeOptions): Promise<EncodedVideo> {
    const { tokenStore, observer } = this.#parts;
    const stored = await tokenStore?.get(key).catch((error: unknown) => {
      observer?.onWarning?.('an encoded clip could not be read', error);
    });
    if (stored !== undefined) {
      const clip = encodedVideoOf(stored, key);
      observer?.encoded?.(clip, 'disk');
      return clip;
    }
    return this.#deletions.watch(key.sha256, async (isDeleted) => {
      const clip = await this.#encodeFile(source, options);
      const { tokens, receipt, timings } = clip;
      if (isDeleted()) return clip;
      await tokenStore?.set(key, { tokens, frames: receipt.frames, timings }).catch((error: unknown) => {
        observer?.onWarning?.('an encoded clip could not be cached', error);
      });
      // the store does not know of a file that it is just writing
      if (isDeleted()) tokenStore?.forget(key.sha256);
      return clip;
    });
  }

  async #encodeFile(source: ClipSource, options: EncodeOptions): Promise<EncodedVideo> {
    const { manifest, encoder, frames, observer } = this.#parts;
    const parts = { encoder, frames, vision: manifest.vision };
    const clip = await encodeVideo(source, parts, options);
    observer?.encoded?.(clip, 'file');
    return clip;
  }
}

function encodedVideoOf({ tokens, frames }: StoredTokens, key: TokenKey): EncodedVideo {
  const { sha256, mode, sampler, order = 'forward', part } = key;
  const { count, width } = tokens;
  const receipt = {
    sha256,
    mode,
    sampler,
    ...(part !== undefined && { part }),
    frames: [...frames],
    videoTokens: { count, width },
    ...(order !== 'forward' && { order }),
  };
  return { tokens, receipt, timings: zeroTimings };
}

/** Frames to sample; the package's own number unless given. Throws `invalid_request` for more than it takes. */
export function frameCountWithin(
  vision: Pick<PackageManifest['vision'], 'frames' | 'maxFrames'>,
  frames: number = vision.frames,
): number {
  if (frames <= vision.maxFrames) return frames;
  const message = `frames: this model takes ${vision.maxFrames} frames at most`;
  throw new AppError('invalid_request', message, { param: 'frames' });
}
