import type { RetrievalManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { WorkQueue } from '#core/work-queue.ts';
import { samplerName } from '../media/sample.ts';
import { LruCache } from '#core/lru-cache.ts';
import { SingleFlight } from '#core/single-flight.ts';
import type { ClipSource } from '../types.ts';
import { type ClipTimings, loadFrames, StageTimer } from '../encode-video.ts';
import { TaskGroup } from '#core/task-group.ts';
import type { Embeddings } from './embeddings.ts';
import type { FrameEncoder, PatchAttention } from './frame-encoder.ts';
import type { MugScorer, PairScores } from './mug-scorer.ts';
import type { TextEncoder, TextTokens } from './text-encoder.ts';
import { type Region, seenRegion } from './seen-region.ts';

export interface RetrievalParts {
  readonly manifest: RetrievalManifest;
  readonly packageHash: string;
  readonly texts: Pick<TextEncoder, 'encode' | 'dispose'>;
  readonly frames: Pick<FrameEncoder, 'vision' | 'encode' | 'attend' | 'dispose'>;
  readonly scorer: Pick<MugScorer, 'score' | 'similarities' | 'dispose'>;
  /** Clips whose frames are being read. */
  readonly decoding: WorkQueue;
  /** Longest clip taken, in seconds. */
  readonly maxSeconds: number;
  /** Texts that wait to be compared with clips, at most. */
  readonly maxWaiting: number;
  readonly observer?: { embedded?(timings: ClipTimings): void } | undefined;
}

/** A clip in the joint space. */
export interface EmbeddedClip {
  readonly frames: Embeddings;
  /** Seconds of the frames. */
  readonly times: readonly number[];
}

/** Where the branch looks in a clip's frames. */
export interface ClipAttention extends PatchAttention {
  readonly times: readonly number[];
  /** What part of each frame the patches cover. */
  readonly region: Region;
}

export interface EmbedOptions {
  readonly signal: AbortSignal;
  /** Lets everyone else go first. */
  readonly background?: boolean | undefined;
}

/** Texts and maps kept in memory, for labels and film strips that come again and again: at most 240 KB each. */
const textsRemembered = 1024;
const mapsRemembered = 64;
/** Texts between two looks at the signal. */
const textsAtOnce = 32;

/** Clips and texts into one space, and how well they match; the second half of the paper. Throws `cancelled` once disposed. */
export class Retrieval {
  /** Texts that are encoded and compared. */
  readonly queue: WorkQueue;
  readonly #parts: RetrievalParts;
  readonly #texts = new LruCache<TextTokens>(textsRemembered);
  readonly #maps = new LruCache<ClipAttention>(mapsRemembered);
  readonly #attending = new SingleFlight<never, ClipAttention>();
  readonly #work = new TaskGroup();

  constructor(parts: RetrievalParts) {
    this.#parts = parts;
    const { maxWaiting } = parts;
    this.queue = new WorkQueue({ label: 'have a text compared with clips', concurrency: 1, maxWaiting });
  }

  /** What decides a clip's embeddings beside its bytes. */
  get key(): { readonly packageHash: string; readonly sampler: string } {
    return { packageHash: this.#parts.packageHash, sampler: samplerName };
  }

  /** P, the width of the joint space, and tau. */
  get space(): Pick<RetrievalManifest, 'width' | 'logitScale'> {
    return this.#parts.manifest;
  }

  /** Watches a clip with the branch. Throws what reading and encoding throw. */
  embedClip(source: ClipSource, { signal, background }: EmbedOptions): Promise<EmbeddedClip> {
    return this.#work.run(signal, async (both) => {
      const { frames: encoder, observer } = this.#parts;
      const options = this.#readOptions(both, background);
      const clock = new StageTimer(options);
      const { frames, pixels } = await loadFrames(source, this.#reading, options, clock);
      const rows = await clock.run('encode', () =>
        encoder.encode(pixels, { mode: 'stan', signal: both, background }),
      );
      observer?.embedded?.(clock.timings);
      return { frames: rows, times: frames.map(({ time }) => time) };
    });
  }

  /** Where the branch looks in the same frames. Throws as `embedClip`. */
  attention(source: ClipSource, signal: AbortSignal): Promise<ClipAttention> {
    return this.#work.run(signal, async (both) => {
      const key = source.sha256 ?? source.path;
      const known = this.#maps.get(key);
      if (known !== undefined) return known;
      const options = { signal: both, onProgress: () => undefined };
      const seen = await this.#attending.run(key, options, ({ signal: shared }) =>
        this.#attend(source, shared),
      );
      this.#maps.set(key, seen);
      return seen;
    });
  }

  /** The tokens of each text, in order. Throws `busy`, `cancelled`. */
  embedTexts(texts: readonly string[], signal: AbortSignal): Promise<TextTokens[]> {
    return this.#work.run(signal, (both) =>
      this.queue.run(
        async () => {
          const encoded: TextTokens[] = [];
          for (let start = 0; start < texts.length; start += textsAtOnce) {
            both.throwIfAborted();
            encoded.push(...(await this.#encode(texts.slice(start, start + textsAtOnce))));
          }
          return encoded;
        },
        { signal: both },
      ),
    );
  }

  /** Mug's similarity of each text with each clip, and why. Throws `busy`, `cancelled`. */
  score(
    texts: readonly Embeddings[],
    clips: readonly Embeddings[],
    signal: AbortSignal,
  ): Promise<PairScores> {
    const { scorer } = this.#parts;
    return this.#work.run(signal, (both) =>
      this.queue.run(() => scorer.score(texts, clips), { signal: both }),
    );
  }

  /** As `score`, without why: [A * B]. */
  similarities(
    texts: readonly Embeddings[],
    clips: readonly Embeddings[],
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { scorer } = this.#parts;
    return this.#work.run(signal, (both) =>
      this.queue.run(() => scorer.similarities(texts, clips), { signal: both }),
    );
  }

  /** Stops all work, waits for it to end, and frees the models. */
  async dispose(): Promise<void> {
    await this.#work.stop();
    const { texts, frames, scorer } = this.#parts;
    await Promise.all([texts.dispose(), frames.dispose(), scorer.dispose()]);
  }

  get #reading() {
    return { vision: this.#parts.frames.vision, decoding: this.#parts.decoding };
  }

  #readOptions(signal: AbortSignal, background?: boolean) {
    const { frames, maxSeconds } = this.#parts;
    const onProgress = (): void => undefined;
    return {
      frames: frames.vision.frames,
      order: 'forward',
      maxSeconds,
      signal,
      background,
      onProgress,
    } as const;
  }

  async #attend(source: ClipSource, signal: AbortSignal): Promise<ClipAttention> {
    const { frames: encoder } = this.#parts;
    const options = this.#readOptions(signal);
    const clock = new StageTimer(options);
    const { frames, pixels } = await loadFrames(source, this.#reading, options, clock);
    const [first] = frames;
    if (first === undefined)
      throw new AppError('no_video_frames', 'The video has no frame that can be decoded.');
    const patches = await encoder.attend(pixels, { signal });
    const region = seenRegion(first, encoder.vision.resize);
    return { ...patches, region, times: frames.map(({ time }) => time) };
  }

  async #encode(texts: readonly string[]): Promise<TextTokens[]> {
    const unknown = [...new Set(texts)].filter((text) => this.#texts.get(text) === undefined);
    const encoded = await this.#parts.texts.encode(unknown);
    const fresh = new Map(unknown.map((text, index) => [text, encoded[index]]));
    const all = texts.flatMap((text) => fresh.get(text) ?? this.#texts.get(text) ?? []);
    for (const [text, tokens] of fresh) if (tokens !== undefined) this.#texts.set(text, tokens);
    return all;
  }
}
