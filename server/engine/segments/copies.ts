import { dot, type Embeddings, rowOf } from '../retrieval/embeddings.ts';

/** Frames of a clip in the joint space, ascending, with their seconds. */
export interface FrameSequence {
  readonly frames: Embeddings;
  readonly times: readonly number[];
}

/** A stretch of one clip that is also in another; seconds of each. */
export interface Copy {
  readonly start: number;
  readonly end: number;
  readonly otherStart: number;
  readonly otherEnd: number;
  /** Mean cosine of the frames, at most 1. */
  readonly score: number;
}

/** Cosine from which two frames may be the same picture: what another encoding or narrow bars leave of it. */
const minCosine = 0.9;
/** Mean cosine that frames of one scene must have: another scene of the same things looks much like it. */
const minSameScene = 0.98;
/** Seconds by which frames of a copy may lie beside the diagonal: they are sampled at other moments. */
const tolerance = 1;
/** Seconds without a match that end a copy. */
const maxGap = 12;
/** A copy has so many frames at least, and this share of the frames between its ends. */
const minFrames = 4;
const minShare = 0.6;

interface Match {
  readonly time: number;
  readonly other: number;
  readonly cosine: number;
  readonly direction: Float32Array;
}

/**
 * Stretches of a clip that are also in another, the longest first. In a matrix of similarities a copy is a diagonal: frames
 * that are alike at one constant distance in time.
 */
export function findCopies(clip: FrameSequence, other: FrameSequence): Copy[] {
  const matches = matchesOf(clip, other);
  const byOffset = new Map<number, Match[]>();
  for (const match of matches) {
    const bin = Math.round((match.other - match.time) / tolerance);
    const found = byOffset.get(bin);
    if (found === undefined) byOffset.set(bin, [match]);
    else found.push(match);
  }
  const candidates = [...byOffset.keys()].flatMap((bin) => {
    const near = [bin - 1, bin, bin + 1].flatMap((one) => byOffset.get(one) ?? []);
    return runsAlong(bestOfEach(near), clip.times);
  });
  const copies: Copy[] = [];
  for (const copy of candidates.sort((a, b) => b.end - b.start - (a.end - a.start) || b.score - a.score)) {
    if (!copies.some((known) => overlaps(known, copy))) copies.push(copy);
  }
  return copies;
}

function matchesOf(clip: FrameSequence, other: FrameSequence): Match[] {
  const [own, theirs] = [directions(clip), directions(other)];
  return own.flatMap((a) =>
    theirs.flatMap((b) => {
      const cosine = dot(a.direction, b.direction);
      return cosine < minCosine ? [] : [{ ...a, other: b.time, cosine }];
    }),
  );
}

function directions({ frames, times }: FrameSequence) {
  return times.map((time, i) => {
    const row = rowOf(frames, i);
    const length = Math.sqrt(dot(row, row)) || 1;
    return { time, direction: row.map((value) => value / length) };
  });
}

function bestOfEach(matches: readonly Match[]): Match[] {
  const best = new Map<number, Match>();
  for (const match of matches) {
    if (match.cosine > (best.get(match.time)?.cosine ?? 0)) best.set(match.time, match);
  }
  return [...best.values()].sort((a, b) => a.time - b.time);
}

function runsAlong(matches: readonly Match[], times: readonly number[]): Copy[] {
  const runs: Match[][] = [];
  for (const match of matches) {
    const run = runs.at(-1);
    if (run !== undefined && match.time - (run.at(-1)?.time ?? 0) <= maxGap) run.push(match);
    else runs.push([match]);
  }
  return runs.flatMap((run) => {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined || run.length < minFrames) return [];
    // pictures that stay the same match at every distance: a copy moves on in both clips
    if (last.other - first.other < (last.time - first.time) / 2) return [];
    const between = times.filter((time) => time >= first.time && time <= last.time).length;
    if (run.length < minShare * between) return [];
    const score = run.reduce((sum, { cosine }) => sum + cosine, 0) / run.length;
    const hasScenes = run.some(({ direction }) => dot(direction, first.direction) < minCosine);
    if (!hasScenes && score < minSameScene) return [];
    return [{ start: first.time, end: last.time, otherStart: first.other, otherEnd: last.other, score }];
  });
}

function overlaps(a: Copy, b: Copy): boolean {
  const own = Math.min(a.end, b.end) - Math.max(a.start, b.start);
  const others = Math.min(a.otherEnd, b.otherEnd) - Math.max(a.otherStart, b.otherStart);
  return own > 0 && others > 0;
}
