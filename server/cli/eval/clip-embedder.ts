import { availableParallelism } from 'node:os';
import { hashFile } from '#models/package/file-hash.ts';
import type { LoadedPackage } from '#models/package/load.ts';
import { retrievalVisionOf } from '#models/package/manifest.ts';
import type { ClipFile } from '#models/evaluate/datasets/clip-files.ts';
import { progressBar } from '#models/progress.ts';
import { frameCountWithin } from '#engine/cached-video-encoder.ts';
import { samplerName } from '#engine/media/sample.ts';
import type { Embeddings } from '#engine/retrieval/embeddings.ts';
import { FrameEncoder } from '#engine/retrieval/frame-encoder.ts';
import type { EncoderMode } from '#engine/types.ts';
import { zeroTimings, loadFrames, StageTimer } from '#engine/encode-video.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { TokenStore } from '#engine/token-cache/token-store.ts';
import { orUnusable, type Unusable } from './unusable.ts';

export interface ClipEmbedderOptions {
  /** Where embeddings are kept: a run that was killed goes on with them. */
  readonly stateFolder: string;
  /** Looked at in each clip; the package's own number unless given. */
  readonly frames: number | undefined;
  /** Longest clip taken, in seconds. */
  readonly maxSeconds: number;
}

/** A clip's frames in the joint space, [T, P] each: with the branch, and by the tower alone. */
export type EmbeddedClip = Readonly<Record<EncoderMode, Embeddings>>;

/** A hundred thousand clips of a large encoder. */
const maxStateBytes = 64 * 2 ** 30;

/** Clips to frame embeddings in both modes; each is decoded once, and no clip is encoded twice. */
export class ClipEmbedder {
  /** Looked at in each clip. */
  readonly frames: number;
  readonly #encoder: FrameEncoder;
  readonly #store: TokenStore;
  readonly #packageHash: string;
  readonly #maxSeconds: number;
  readonly #atOnce = Math.max(2, Math.floor(availableParallelism() / 2));
  readonly #decoding = new WorkQueue({
    label: 'have a clip read',
    concurrency: this.#atOnce,
    maxWaiting: this.#atOnce,
  });

  private constructor(
    encoder: FrameEncoder,
    store: TokenStore,
    options: { readonly packageHash: string; readonly frames: number; readonly maxSeconds: number },
  ) {
    this.#encoder = encoder;
    this.#store = store;
    this.frames = options.frames;
    this.#packageHash = options.packageHash;
    this.#maxSeconds = options.maxSeconds;
  }

  /** Throws as `FrameEncoder.load`, and `invalid_request` for more frames than the package takes. */
  static async load(
    modelPackage: LoadedPackage,
    { stateFolder, maxSeconds, ...options }: ClipEmbedderOptions,
  ): Promise<ClipEmbedder> {
    const frames = frameCountWithin(retrievalVisionOf(modelPackage.manifest), options.frames);
    const store = await TokenStore.open(stateFolder, { maxBytes: maxStateBytes });
    const encoder = await FrameEncoder.load(modelPackage);
    return new ClipEmbedder(encoder, store, { packageHash: modelPackage.hash, frames, maxSeconds });
  }

  /** In the order given; a clip that cannot be decoded says why in its place. Throws `cancelled`. */
  async embedAll(clips: readonly ClipFile[], signal: AbortSignal): Promise<(EmbeddedClip | Unusable)[]> {
    const report = progressBar('embedding clips');
    const embedded: (EmbeddedClip | Unusable)[] = [];
    const waiting = clips.entries();
    let done = 0;
    const worker = async (): Promise<void> => {
      for (const [index, { name, path }] of waiting) {
        signal.throwIfAborted();
        embedded[index] = await orUnusable(name, () => this.#embed(path, signal));
        report(++done, clips.length);
      }
    };
    await Promise.all(Array.from({ length: this.#atOnce }, worker));
    return embedded;
  }

  dispose(): Promise<void> {
    return this.#encoder.dispose();
  }

  async #embed(path: string, signal: AbortSignal): Promise<EmbeddedClip> {
    const sha256 = await hashFile(path, signal);
    const keyOf = (mode: EncoderMode) => ({
      sha256,
      mode,
      frames: this.frames,
      sampler: samplerName,
      packageHash: this.#packageHash,
    });
    const [stan, plain] = await Promise.all([
      this.#store.get(keyOf('stan')),
      this.#store.get(keyOf('plain')),
    ]);
    if (stan !== undefined && plain !== undefined) return { stan: stan.tokens, plain: plain.tokens };

    const options = {
      frames: this.frames,
      order: 'forward',
      maxSeconds: this.#maxSeconds,
      signal,
      onProgress: () => undefined,
    };
    const parts = { vision: this.#encoder.vision, decoding: this.#decoding };
    const { frames, pixels } = await loadFrames({ path }, parts, options, new StageTimer(options));
    const encode = async (mode: EncoderMode): Promise<Embeddings> => {
      const tokens = await this.#encoder.encode(pixels, { mode, signal });
      const times = frames.map(({ time }) => time);
      await this.#store.set(keyOf(mode), { tokens, frames: times, timings: zeroTimings });
      return tokens;
    };
    return { stan: await encode('stan'), plain: await encode('plain') };
  }
}
