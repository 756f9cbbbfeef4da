import { LRUCache } from 'lru-cache';
import { AppError } from '#errors';
import { currentClient } from '#core/client-context.ts';
import { Deletions } from '#core/deletions.ts';
import { SingleFlight } from '#core/single-flight.ts';
import { TimeBudget } from '#core/time-budget.ts';
import type { QueueOptions, WorkQueue } from '#core/work-queue.ts';
import type { ClipFacts, ClipSource, Frame, Part } from '../types.ts';
import type { Timeline } from './list-video-frames.ts';
import { checkFile, probe } from './probe.ts';
import { readPicture } from './read-picture.ts';
import { partName } from './part.ts';
import { pictureSize, sampleFrames, sampleParts, samplerOf } from './sample.ts';

export interface FrameStoreOptions {
  /** The gate of ffmpeg: one process for each turn. */
  readonly queue: WorkQueue;
  /** Longest clip taken, in seconds. */
  readonly maxSeconds: number;
  /** Time that one client's clips may take to decode. Default: no limit. */
  readonly budget?: TimeBudget;
  /** Most that frames in memory take together, in bytes. */
  readonly maxBytes?: number;
}

export interface SampleRequest extends QueueOptions {
  /** How many frames to sample: T. */
  readonly count: number;
  readonly onFrame?: (frame: FrameProgress) => void;
}

/** Pictures decoded so far, of so many. */
export interface FrameProgress {
  readonly done: number;
  readonly total: number;
}

/** A clip with what probing found out. */
export interface ProbedSource extends ClipSource {
  readonly timeline?: Timeline | undefined;
}

interface Probed {
  readonly facts: ClipFacts;
  readonly timeline: Timeline | undefined;
}

/** Ten clips of 12 frames at 768 x 432. */
const defaultMaxBytes = 128 * 2 ** 20;
/** Frames that are decoded ahead take this share of the memory for frames at most. */
const aheadShare = 2;
const maxTimelineBytes = 32 * 2 ** 20;
const bytesPerListedFrame = 64;
const maxSlowClips = 10_000;
/** A clip that was too slow on a busy machine gets another chance after an hour. */
const slowMs = 3_600_000;

/**
 * Decodes each clip once for answers, the search index and film strips. Concurrent requests for a clip with a hash share one
 * ffmpeg process; its frames stay in memory while there is room.
 */
export class FrameStore {
  readonly queue: WorkQueue;
  readonly #maxSeconds: number;
  readonly #budget: TimeBudget;
  #imageSize = 0;
  readonly #frames: LRUCache<string, readonly Frame[]>;
  readonly #probed = new LRUCache<string, Probed>({
    maxSize: maxTimelineBytes,
    sizeCalculation: ({ timeline }) => bytesPerListedFrame * (1 + (timeline?.frames.length ?? 0)),
  });
  /** Clips that took too long are refused for a while. */
  readonly #slow = new LRUCache<string, AppError>({ max: maxSlowClips, ttl: slowMs });
  readonly #probing = new SingleFlight<never, Probed>();
  readonly #sampling = new SingleFlight<FrameProgress, readonly Frame[]>();
  readonly #deletions = new Deletions();

  constructor(options: FrameStoreOptions) {
    this.queue = options.queue;
    this.#maxSeconds = options.maxSeconds;
    this.#budget = options.budget ?? new TimeBudget(0);
    this.#frames = new LRUCache({
      maxSize: options.maxBytes ?? defaultMaxBytes,
      sizeCalculation: bytesOf,
    });
  }

  /** Makes frames large enough for an encoder of squares of this side; to be called before any clip is sampled. */
  serveEncoder(imageSize: number): void {
    this.#imageSize = Math.max(this.#imageSize, imageSize);
  }

  /** The clip with its facts, probed if they are not known. Throws as `probe`, `video_too_big` for one that is too long, `busy`. */
  async probe(source: ClipSource, turn: QueueOptions): Promise<ProbedSource> {
    if (source.kind === 'picture') return source;
    const known = source.sha256 === undefined ? undefined : this.#probed.get(source.sha256);
    this.#refuseSlow(source);
    const { facts = known?.facts } = source;
    if (facts !== undefined) return { ...source, facts, timeline: known?.timeline };
    const flight = { signal: turn.signal, onProgress: () => undefined };
    const probed = await this.#once(this.#probing, source.sha256, this.#probed, turn, flight, ({ signal }) =>
      this.#noteSlow(source, () => this.#probe(source.path, signal)),
    );
    return { ...source, ...probed };
  }

  /** T frames of a probed clip; the one frame of a picture. Throws as `sampleFrames` and `readPicture`, and `busy`. */
  async sample(source: ProbedSource, request: SampleRequest): Promise<readonly Frame[]> {
    const { count, onFrame = () => undefined, ...turn } = request;
    const key = keyOf(source, count);
    const known = key === undefined ? undefined : this.#frames.get(key);
    if (known !== undefined) return known;
    this.#refuseSlow(source);
    const flight = { signal: turn.signal, onProgress: onFrame };
    return this.#once(this.#sampling, key, this.#frames, turn, flight, ({ signal, onProgress }) =>
      this.#noteSlow(source, () => this.#sample(source, count, signal, onProgress)),
    );
  }

  /**
   * Decodes parts of a probed clip with a hash by one process, as many from the first on as may wait in memory, and returns
   * how many: `sample` finds them there. Parts that cannot be decoded so are left to `sample`, which says why. Throws `busy`
   * and `cancelled`.
   */
  async sampleAhead(
    source: ProbedSource & { readonly sha256: string; readonly facts: ClipFacts },
    parts: readonly Part[],
    { count, ...turn }: Omit<SampleRequest, 'onFrame'>,
  ): Promise<number> {
    const { width, height } = pictureSize(source.facts, this.#imageSize);
    const room = Math.floor(this.#frames.maxSize / aheadShare / (count * width * height * 3));
    const wanted = parts.slice(0, Math.max(1, room));
    const keys = wanted.map((part) => keyOf({ ...source, part }, count) ?? '');
    if (wanted.length < 2 || keys.every((key) => this.#frames.has(key))) return wanted.length;
    const { sha256, path, facts } = source;
    const { signal } = turn;
    await this.#deletions.watch(sha256, async (isDeleted) => {
      const options = { frames: count, imageSize: this.#imageSize, signal };
      const decode = () =>
        sampleParts({ path, ...facts }, wanted, options).catch((error: unknown) => {
          if (signal.aborted) throw error;
          return [];
        });
      const decoded = await this.queue.run(decode, turn);
      for (const [i, frames] of decoded.entries()) {
        const key = keys[i];
        if (frames !== undefined && key !== undefined && !isDeleted()) this.#frames.set(key, frames);
      }
    });
    return wanted.length;
  }

  /** Drops what is kept of a clip, by its SHA-256. */
  forget(sha256: string): void {
    this.#deletions.delete(sha256);
    this.#probed.delete(sha256);
    for (const key of [...this.#frames.keys()]) if (key.startsWith(sha256)) this.#frames.delete(key);
  }

  /** Throws `too_slow` for a clip that was too slow within the last hour. */
  #refuseSlow({ sha256 }: ClipSource): void {
    const known = sha256 === undefined ? undefined : this.#slow.get(sha256);
    if (known !== undefined) throw new AppError(known.code, known.message, { cause: known });
  }

  async #noteSlow<T>({ sha256 }: ClipSource, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isSlow = error instanceof AppError && error.code === 'too_slow';
      if (isSlow && sha256 !== undefined) this.#slow.set(sha256, error);
      throw error;
    }
  }

  /**
   * Takes a turn in the queue and does the work, unless it is running or done by then. The turn is held by the work, not by
   * the caller, who may leave earlier.
   */
  async #once<P, T extends object>(
    flights: SingleFlight<P, T>,
    key: string | undefined,
    cache: LRUCache<string, T>,
    turn: QueueOptions,
    flight: { readonly signal: AbortSignal; readonly onProgress: (progress: P) => void },
    work: (options: {
      readonly signal: AbortSignal;
      readonly onProgress: (progress: P) => void;
    }) => Promise<T>,
  ): Promise<T> {
    const client = turn.background ? undefined : (turn.client ?? currentClient());
    if (key !== undefined && flights.has(key)) return flights.run(key, flight, work);
    await this.#budget.require(client);
    if (key === undefined) return this.queue.run(() => this.#budget.spend(client, () => work(flight)), turn);
    const release = await this.queue.acquire(turn);
    const known = cache.get(key);
    if (known !== undefined || flights.has(key) || turn.signal.aborted) {
      release();
      return known ?? flights.run(key, flight, work);
    }
    const watched = (options: Parameters<typeof work>[0]): Promise<T> =>
      this.#deletions.watch(hashIn(key), async (isDeleted) => {
        const result = await this.#budget.spend(client, () => work(options));
        if (!isDeleted()) cache.set(key, result);
        return result;
      });
    return flights.run(key, flight, (options) => watched(options).finally(release));
  }

  async #probe(path: string, signal: AbortSignal): Promise<Probed> {
    const maxSeconds = this.#maxSeconds;
    const { duration, width, height, format, timeline } = await probe(path, { signal });
    if (duration > maxSeconds) {
      const message = `The clip is ${Math.ceil(duration)} s long; this server takes ${maxSeconds} s at most.`;
      throw new AppError('video_too_big', message);
    }
    return { facts: { duration, width, height, format }, timeline };
  }

  async #sample(
    { path, kind, facts, timeline, part }: ProbedSource,
    frames: number,
    signal: AbortSignal,
    onFrame: (progress: FrameProgress) => void,
  ): Promise<readonly Frame[]> {
    if (kind === 'picture') return [await readPicture(path)];
    if (facts === undefined) throw new TypeError('a clip is sampled before it was probed');
    // the facts may be older than the file: one that is gone is not a damaged clip
    await checkFile(path);
    const imageSize = this.#imageSize;
    const onProgress = (done: number, total: number): void => onFrame({ done, total });
    return sampleFrames({ path, ...facts, timeline }, { frames, imageSize, part, signal, onProgress });
  }
}

/** The SHA-256 that a key begins with. */
function hashIn(key: string): string {
  return key.split(' ', 1)[0] ?? key;
}

/** Of T frames of a source; undefined for a clip without a hash. */
function keyOf(source: ClipSource, count: number): string | undefined {
  const { sha256, part } = source;
  return sha256 === undefined ? undefined : `${sha256} ${samplerOf(source)} ${count} ${partName(part)}`;
}

/** A clip of few frames repeats some; each counts once. */
function bytesOf(frames: readonly Frame[]): number {
  let bytes = 0;
  for (const { rgb } of new Set(frames)) bytes += rgb.length;
  return bytes;
}
