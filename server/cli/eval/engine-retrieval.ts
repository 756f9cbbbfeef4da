import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ClipFile } from '#models/evaluate/datasets/clip-files.ts';
import type { MeasuredPackage, RetrievalModel } from '#models/evaluate/ports.ts';
import type { BranchMode } from '#models/evaluate/scoring-methods.ts';
import type { Similarities } from '#models/evaluate/retrieval-metrics.ts';
import type { ScoringMethod } from '#models/evaluate/scoring-methods.ts';
import { hashFile } from '#models/package/file-hash.ts';
import type { LoadedPackage } from '#models/package/load.ts';
import { type Matching, retrievalVisionOf } from '#models/package/manifest.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { frameCountWithin } from '#engine/cached-video-encoder.ts';
import { FrameStore } from '#engine/media/frame-store.ts';
import { samplerName } from '#engine/media/sample.ts';
import { loadPixels } from '#engine/pipeline.ts';
import { StageTimer, zeroTimings } from '#engine/stage-timer.ts';
import type { Embeddings } from '#engine/retrieval/embeddings.ts';
import { FrameEncoder } from '#engine/retrieval/frame-encoder.ts';
import { TokenStore } from '#engine/token-cache/token-store.ts';
import { type EmbeddedClip, SimilarityScorer } from './similarity-scorer.ts';
import { asUnusableClip } from './unusable-clip.ts';

export interface EngineRetrievalOptions {
  /** Embeddings are kept in `eval` of this folder: a run that was killed goes on with them. */
  readonly dataDir: string;
  /** Frames taken of each clip; the package's own number unless given. */
  readonly frames: number | undefined;
  /** Mug's form; the package's own unless given. */
  readonly mug?: Matching | undefined;
  /** Longest clip taken, in seconds. */
  readonly maxSeconds: number;
  readonly signal: AbortSignal;
}

/** A hundred thousand clips of a large encoder. */
const maxStateBytes = 64 * 2 ** 30;

interface Parts {
  readonly encoder: FrameEncoder;
  readonly scorer: SimilarityScorer;
  readonly store: TokenStore;
}

/** A package's encoders as runners see them; each clip is decoded once, and no clip is encoded twice. */
export class EngineRetrieval implements RetrievalModel<EmbeddedClip, readonly Embeddings[]> {
  readonly package: MeasuredPackage;
  readonly frames: number;
  readonly concurrency = Math.max(2, Math.floor(availableParallelism() / 2));
  readonly #parts: Parts;
  readonly #options: EngineRetrievalOptions;
  readonly #decoded: FrameStore;

  private constructor(modelPackage: LoadedPackage, parts: Parts, options: EngineRetrievalOptions) {
    const { manifest, hash } = modelPackage;
    this.package = { name: manifest.name, hash };
    this.frames = frameCountWithin(retrievalVisionOf(manifest), options.frames);
    this.#parts = parts;
    this.#options = options;
    const queue = new WorkQueue({
      label: 'have a clip decoded',
      concurrency: this.concurrency,
      maxWaiting: this.concurrency,
    });
    this.#decoded = new FrameStore({ queue, maxSeconds: options.maxSeconds });
    this.#decoded.serveEncoder(parts.encoder.vision.imageSize);
  }

  /** Throws `unsupported`, `package_invalid`, and `invalid_request` for more frames than the package takes. */
  static async load(modelPackage: LoadedPackage, options: EngineRetrievalOptions): Promise<EngineRetrieval> {
    frameCountWithin(retrievalVisionOf(modelPackage.manifest), options.frames);
    const store = await TokenStore.open(join(options.dataDir, 'eval'), { maxBytes: maxStateBytes });
    const encoder = await FrameEncoder.load(modelPackage);
    try {
      const scorer = await SimilarityScorer.load(modelPackage, options.mug);
      return new EngineRetrieval(modelPackage, { encoder, scorer, store }, options);
    } catch (error) {
      await encoder.dispose();
      throw error;
    }
  }

  embed({ path }: ClipFile): Promise<EmbeddedClip> {
    return asUnusableClip(() => this.#embed(path, this.#options.signal));
  }

  embedTexts(texts: readonly string[]): Promise<readonly Embeddings[]> {
    return this.#parts.scorer.embedTexts(texts);
  }

  similarities(
    method: ScoringMethod,
    texts: readonly Embeddings[],
    clips: readonly EmbeddedClip[],
  ): Promise<Similarities> {
    return this.#parts.scorer.similarities(method, texts, clips);
  }

  async dispose(): Promise<void> {
    await this.#parts.scorer.dispose();
    await this.#parts.encoder.dispose();
  }

  async #embed(path: string, signal: AbortSignal): Promise<EmbeddedClip> {
    const sha256 = await hashFile(path, signal);
    const keyOf = (mode: BranchMode) => ({
      sha256,
      mode,
      frames: this.frames,
      sampler: samplerName,
      packageHash: this.package.hash,
    });
    const [stan, plain] = await Promise.all([
      this.#parts.store.get(keyOf('stan')),
      this.#parts.store.get(keyOf('plain')),
    ]);
    if (stan !== undefined && plain !== undefined) return { stan: stan.tokens, plain: plain.tokens };

    const options = {
      frames: this.frames,
      order: 'forward' as const,
      signal,
      onProgress: () => undefined,
    };
    const parts = { vision: this.#parts.encoder.vision, frames: this.#decoded };
    const { frames, pixels } = await loadPixels({ path }, parts, options, new StageTimer(options));
    const encode = async (mode: BranchMode): Promise<Embeddings> => {
      const tokens = await this.#parts.encoder.encode(pixels, { mode, signal });
      const times = frames.map(({ time }) => time);
      await this.#parts.store.set(keyOf(mode), { tokens, frames: times, timings: zeroTimings });
      return tokens;
    };
    return { stan: await encode('stan'), plain: await encode('plain') };
  }
}
