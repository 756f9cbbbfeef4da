import { LRUCache } from 'lru-cache';
import type { RetrievalManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { at } from '#core/at.ts';
import { WorkQueue } from '#core/work-queue.ts';
import { partName } from '../media/part.ts';
import { samplerName } from '../media/sample.ts';
import { SingleFlight } from '#core/single-flight.ts';
import type { ClipSource } from '../types.ts';
import type { ClipTimings } from '../events.ts';
import type { FrameStore } from '../media/frame-store.ts';
import { loadPixels } from '../pipeline.ts';
import { StageTimer } from '../stage-timer.ts';
import { TaskGroup } from '#core/task-group.ts';
import type { Embeddings } from './embeddings.ts';
import type { FrameEncoder, PatchAttention } from './frame-encoder.ts';
import type { PairScorer } from './create-scorer.ts';
import type { PairScores } from './mug-scorer.ts';
import type { TextEncoder, TextTokens } from './text-encoder.ts';
import { type Region, visibleRegion } from './visible-region.ts';

export interface RetrievalParts {
  readonly manifest: RetrievalManifest;
  readonly packageHash: string;
  readonly texts: Pick<TextEncoder, 'encode' | 'dispose'>;
  readonly encoder: Pick<FrameEncoder, 'vision' | 'encode' | 'attend' | 'dispose'>;
  readonly scorer: PairScorer;
  readonly frames: FrameStore;
  /** Most texts that wait to be compared with clips. */
  readonly maxWaiting: number;
  readonly observer?: { embedded?(timings: ClipTimings): void } | undefined;
}

/** A clip in the joint space. */
export interface EmbeddedClip {
  readonly frames: Embeddings;
  /** Seconds of the frames. */
  readonly times: readonly number[];
}

/** The branch's attention to each patch of a clip's frames. */
export interface ClipAttention extends PatchAttention {
  readonly times: readonly number[];
  /** The part of each frame that the patches cover. */
  readonly region: Region;
}

export interface EmbedOptions {
  readonly signal: AbortSignal;
  /** Runs when no other work waits. */
  readonly background?: boolean | undefined;
}

/** Bytes of encoded texts, and of attention maps, in memory: labels and film strips are asked for again and again. */
const maxTextBytes = 64 * 2 ** 20;
const maxMapBytes = 16 * 2 ** 20;
/** Texts of one batch; the signal is checked between batches. */
const textsAtOnce = 32;

/** Embeds clips and texts in one space and scores pairs: the second half of the paper. Throws `cancelled` once disposed. */
export class Retrieval {
  /** Texts that are being encoded and scored. */
  readonly queue: WorkQueue;
  readonly #parts: RetrievalParts;
  readonly #texts = new LRUCache<string, TextTokens>({ maxSize: maxTextBytes, sizeCalculation: bytesOf });
  readonly #maps = new LRUCache<string, ClipAttention>({ maxSize: maxMapBytes, sizeCalculation: bytesOf });
  readonly #attending = new SingleFlight<never, ClipAttention>();
  readonly #tasks = new TaskGroup();

  constructor(parts: RetrievalParts) {
    this.#parts = parts;
    const { maxWaiting, frames, encoder } = parts;
    frames.serveEncoder(encoder.vision.imageSize);
    this.queue = new WorkQueue({ label: 'have a text compared with clips', concurrency: 1, maxWaiting });
  }

  /** What a clip's embeddings depend on besides its bytes. */
  get key(): { readonly packageHash: string; readonly sampler: string } {
    return { packageHash: this.#parts.packageHash, sampler: samplerName };
  }

  /** Frames that it samples from a clip: T. */
  get frameCount(): number {
    return this.#parts.encoder.vision.frames;
  }

  /** P, the width of the joint space, tau, and the similarity from which a clip matches. */
  get space(): Pick<RetrievalManifest, 'width' | 'logitScale' | 'cutOff'> {
    return this.#parts.manifest;
  }

  /** Encodes a clip with the branch. Throws as `loadPixels`, and what encoding throws. */
  embedClip(source: ClipSource, { signal, background }: EmbedOptions): Promise<EmbeddedClip> {
    return this.#tasks.run(signal, async (both) => {
      const { encoder, observer } = this.#parts;
      const options = this.#readOptions(both, background);
      const timer = new StageTimer(options);
      const { frames, pixels } = await loadPixels(source, this.#visionParts, options, timer);
      const rows = await timer.run('encode', () =>
        encoder.encode(pixels, { mode: 'stan', signal: both, background }),
      );
      observer?.embedded?.(timer.timings);
      return { frames: rows, times: frames.map(({ time }) => time) };
    });
  }

  /** The branch's attention in the same frames. Throws as `embedClip`. */
  attention(source: ClipSource, signal: AbortSignal): Promise<ClipAttention> {
    return this.#tasks.run(signal, async (both) => {
      const key = `${source.sha256 ?? source.path} ${partName(source.part)}`;
      const known = this.#maps.get(key);
      if (known !== undefined) return known;
      const options = { signal: both, onProgress: () => undefined };
      const attention = await this.#attending.run(key, options, ({ signal: shared }) =>
        this.#attend(source, shared),
      );
      this.#maps.set(key, attention);
      return attention;
    });
  }

  /** The tokens of each text, in order. Throws `busy`, `cancelled`. */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<TextTokens[]> {
    return this.#queued(signal, async (both) => {
      const encoded: TextTokens[] = [];
      for (let start = 0; start < texts.length; start += textsAtOnce) {
        both.throwIfAborted();
        encoded.push(...(await this.#encode(texts.slice(start, start + textsAtOnce))));
      }
      return encoded;
    });
  }

  /** Similarity of each text with each clip, with the weights of frames and words. Throws `busy`, `cancelled`. */
  score(
    texts: readonly Embeddings[],
    clips: readonly Embeddings[],
    signal: AbortSignal,
  ): Promise<PairScores> {
    return this.#queued(signal, () => this.#parts.scorer.score(texts, clips));
  }

  /** As `score`, without the weights: [A * B]. */
  similarities(
    texts: readonly Embeddings[],
    clips: readonly Embeddings[],
    signal: AbortSignal,
  ): Promise<Float32Array> {
    return this.#queued(signal, () => this.#parts.scorer.similarities(texts, clips));
  }

  /** Stops all work, waits for it to end, and frees the models. */
  async dispose(): Promise<void> {
    await this.#tasks.stop();
    const { texts, encoder, scorer } = this.#parts;
    await Promise.all([texts.dispose(), encoder.dispose(), scorer.dispose()]);
  }

  #queued<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#tasks.run(signal, (both) => this.queue.run(() => work(both), { signal: both }));
  }

  get #visionParts() {
    const { frames, encoder } = this.#parts;
    return { frames, vision: encoder.vision };
  }

  #readOptions(signal: AbortSignal, background?: boolean) {
    const { frames } = this.#parts.encoder.vision;
    return { frames, order: 'forward', signal, background, onProgress: () => undefined } as const;
  }

  async #attend(source: ClipSource, signal: AbortSignal): Promise<ClipAttention> {
    const { encoder } = this.#parts;
    const options = this.#readOptions(signal);
    const { frames, pixels } = await loadPixels(source, this.#visionParts, options, new StageTimer(options));
    const [first] = frames;
    if (first === undefined)
      throw new AppError('no_video_frames', 'The video has no frame that can be decoded.');
    const patches = await encoder.attend(pixels, { signal });
    const region = visibleRegion(first, encoder.vision.resize);
    return { ...patches, region, times: frames.map(({ time }) => time) };
  }

  async #encode(texts: readonly string[]): Promise<TextTokens[]> {
    const cached = new Map(texts.map((text) => [text, this.#texts.get(text)]));
    const missing = [...cached].flatMap(([text, tokens]) => (tokens === undefined ? [text] : []));
    const encoded = await this.#parts.texts.encode(missing);
    for (const [i, text] of missing.entries()) {
      const tokens = at(encoded, i);
      cached.set(text, tokens);
      this.#texts.set(text, tokens);
    }
    return texts.flatMap((text) => cached.get(text) ?? []);
  }
}

function bytesOf({ data }: { readonly data: Float32Array }): number {
  return data.byteLength;
}
