import type { PackageManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { at } from '#core/at.ts';
import type { CachedVideoEncoder, EncodeClipOptions } from '../cached-video-encoder.ts';
import type { ClipReceipt, LongClipReceipt, ProgressEvent } from '../events.ts';
import type { FrameStore } from '../media/frame-store.ts';
import { type PartBounds, partWithin } from '../media/part.ts';
import type { EncodedVideo } from '../pipeline.ts';
import type { ClipSource } from '../types.ts';
import { type KnownClip, type LongClips, partOf, type ScoredScene, type Waiting } from './long-clips.ts';
import { pickScenes, runsOf } from './pick-scenes.ts';
import { aheadOf } from './ahead.ts';
import type { Scene } from './segmented-clip.ts';
import { usualTimeMark, withTimeMark } from './time-mark.ts';

export interface ShownClipsParts {
  readonly manifest: PackageManifest;
  readonly frames: FrameStore;
  readonly clips: Pick<CachedVideoEncoder, 'encode'>;
  readonly longClips: LongClips;
}

export interface ShowOptions extends EncodeClipOptions, PartBounds {
  /** Never as segments: so many frames of the whole clip, however long it is. */
  readonly whole?: boolean | undefined;
  /** Segments that each long clip shows, at most. Default: as many as have room in a quarter of the context. */
  readonly segments?: number | undefined;
}

/** Modes that segments come in; the others have their own way with long clips. */
const segmentModes: ReadonlySet<string> = new Set(['stan', 'plain', 'auto']);
/** The part of the context, and of the rows of all clips, that one clip gets at most. */
const clipShare = 4;

/** Makes of a clip what a question is shown of it: all of a short one, the segments of a long one that matter to the question. */
export class ShownClips {
  readonly #parts: ShownClipsParts;

  constructor(parts: ShownClipsParts) {
    this.#parts = parts;
  }

  /** Encodes what is shown, in the order of the clip. Without a question, segments are spread evenly. Throws as `encode`. */
  async show(
    source: ClipSource,
    question: string | undefined,
    options: ShowOptions,
  ): Promise<readonly EncodedVideo[]> {
    const { start, end, whole, segments, ...encoding } = options;
    const clip = await this.#withPart(source, { start, end }, options.signal);
    const { mode = 'stan', order = 'forward' } = options;
    const inSegments = segmentModes.has(mode) && order === 'forward' && whole !== true;
    const { longClips, clips } = this.#parts;
    if (!inSegments || !longClips.isLong(clip)) return [await clips.encode(clip, encoding)];
    const plainOrStan = mode === 'plain' ? 'plain' : 'stan';
    return this.#showLong(clip, question, { ...encoding, segments, mode: plainOrStan });
  }

  /** Cuts a long clip to its end and encodes every segment, each of which is kept. Throws as `show`. */
  async index(source: ClipSource, options: EncodeClipOptions): Promise<void> {
    const clip = await this.#withPart(source, {}, options.signal);
    const { longClips, clips } = this.#parts;
    if (!longClips.isLong(clip)) return;
    const { signal, background } = options;
    await longClips.cut(clip, { signal, background });
    const scenes = longClips.scenes(clip);
    let decodedTo = 0;
    for (const [done, scene] of scenes.entries()) {
      signal.throwIfAborted();
      options.onProgress?.(segmentProgress(clip, done, scenes.length));
      // what was embedded by an earlier run was encoded too, most likely
      if (done >= decodedTo && longClips.embedding(clip, scene) === undefined) {
        decodedTo = done + (await this.#decodeAhead(clip, scenes.slice(done), { signal, background }));
      }
      await longClips.embed(clip, scene, { signal, background });
      await clips.encode({ ...clip, part: scene.encoded }, { mode: options.mode, signal, background });
    }
    options.onProgress?.(segmentProgress(clip, scenes.length, scenes.length));
  }

  /** Frames of the next scenes for both encoders, by few processes; returns of how many scenes. */
  async #decodeAhead(clip: KnownClip, scenes: readonly Scene[], turn: Waiting): Promise<number> {
    const { frames, longClips, manifest } = this.#parts;
    const parts = aheadOf(scenes.map(({ encoded }) => encoded));
    let least = parts.length;
    for (const count of new Set([manifest.vision.frames, longClips.frameCount ?? manifest.vision.frames])) {
      least = Math.min(least, await frames.sampleAhead(clip, parts.slice(0, least), { count, ...turn }));
    }
    return least;
  }

  async #showLong(
    clip: KnownClip,
    question: string | undefined,
    { segments, ...options }: EncodeClipOptions & Pick<ShowOptions, 'segments'>,
  ): Promise<EncodedVideo[]> {
    const { longClips, clips } = this.#parts;
    const { signal, background, onProgress } = options;
    const room = Math.min(this.#room, segments ?? this.#room);
    const onScene = (done: number, total: number): void => onProgress?.(segmentProgress(clip, done, total));
    const scored =
      question === undefined
        ? longClips.scenes(clip).map((scene) => ({ scene, score: undefined, embedding: undefined }))
        : await longClips.score(clip, question, { ahead: room, signal, background, onScene });
    const scores = scored.map(({ score }) => score);
    const picked = pickScenes(scores, room).map((number) => at(scored, number));
    const encoded: EncodedVideo[] = [];
    for (const [done, { scene }] of picked.entries()) {
      onScene(done, picked.length);
      encoded.push(
        await clips.encode({ ...clip, part: scene.encoded }, { ...options, onProgress: () => undefined }),
      );
    }
    if (encoded.length === 0) throw new AppError('invalid_request', 'start, end: nothing is shown there');
    return this.#marked(picked, encoded, longClipReceipt(clip, longClips, scored));
  }

  /** Neighbours stand behind one mark of time. */
  #marked(
    picked: readonly ScoredScene[],
    encoded: readonly EncodedVideo[],
    longClip: LongClipReceipt,
  ): EncodedVideo[] {
    const scenes = picked.map(({ scene }) => scene);
    const mark = this.#parts.manifest.language.template.part ?? usualTimeMark;
    return runsOf(scenes).flatMap((run) => {
      const span = { start: at(scenes, run[0] ?? 0).start, end: at(scenes, run.at(-1) ?? 0).end };
      return run.map((number, place) => {
        const { tokens, receipt, timings } = at(encoded, number);
        const { score } = at(picked, number);
        return {
          tokens: place === 0 ? withTimeMark(tokens, span, mark) : tokens,
          receipt: {
            ...receipt,
            part: partOfScene(at(scenes, number)),
            ...(score !== undefined && { score }),
          },
          timings,
          ...(number === 0 && { longClip }),
        };
      });
    });
  }

  /** Segments that one clip may show. */
  get #room(): number {
    const { vision, language } = this.#parts.manifest;
    const budget = Math.min(language.context, language.slots * vision.tokens) / clipShare;
    return Math.max(1, Math.floor(budget / vision.tokens));
  }

  /** A clip with its facts, and the part that bounds make of it. */
  async #withPart(source: ClipSource, bounds: PartBounds, signal: AbortSignal): Promise<ClipSource> {
    if (source.kind === 'picture') return source;
    const { facts } = await this.#parts.frames.probe(source, { signal });
    if (facts === undefined) return source;
    const part = partWithin(bounds, facts) ?? source.part;
    return { ...source, facts, part };
  }
}

function partOfScene({ start, end }: { readonly start: number; readonly end: number }) {
  return { start, end };
}

function segmentProgress({ videoId }: ClipSource, done: number, total: number): ProgressEvent {
  return { type: 'progress', stage: 'encode', done, total, ...(videoId !== undefined && { videoId }) };
}

function longClipReceipt(
  clip: KnownClip,
  longClips: LongClips,
  scored: readonly ScoredScene[],
): LongClipReceipt {
  const { start, end } = partOf(clip);
  const known = scored.filter(({ score }) => score !== undefined);
  const seen = known.reduce((sum, { scene }) => sum + scene.end - scene.start, 0);
  const { segments } = longClips.known(clip);
  const repeats = segments.filter((segment) => segment.repeats).length;
  const { videoId } = clip;
  return {
    ...(videoId !== undefined && { videoId }),
    seconds: end - start,
    seen,
    segments: segments.length,
    repeats,
  };
}

/** One receipt for all that is shown of a clip. */
export function receiptOfAll(shown: readonly EncodedVideo[]): ClipReceipt {
  const receipts = shown.map(({ receipt }) => receipt);
  const first = at(receipts, 0);
  if (receipts.length === 1) return first;
  const { part: _part, score: _score, ...rest } = first;
  const count = receipts.reduce((sum, { videoTokens }) => sum + videoTokens.count, 0);
  const { width } = first.videoTokens;
  return { ...rest, frames: receipts.flatMap(({ frames }) => frames), videoTokens: { count, width } };
}
