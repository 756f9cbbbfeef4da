import { at } from '#core/at.ts';
import {
  defineLayout,
  eachFrame,
  type FrameTokens,
  inOneRun,
  keyFrameSentence,
  meanRow,
  patchIndices,
  pickRows,
  stack,
  type TokenRows,
} from './layout.ts';

/** Rows that are kept, about as many as one picture of a large tower has. */
const maxRows = 256;
const maxKeyFrames = 6;

/**
 * Frames that cover the clip, and of each the tokens that say most, at most 256 in all (after KTV, Song et al. 2025).
 * Coverage: k-means on mean tokens, and of each cluster the frame nearest to its centre. Tokens: the patches most alike
 * to the frame's class token (its mean token in a tower without one), which stands in for the attention that a class
 * token pays: the encoder's outputs do not have it.
 */
export const keyframes = defineLayout(['frames'], ({ frames }) => {
  const all = eachFrame(frames);
  const chosen = coveringFrames(all.map(meanRow), Math.min(maxKeyFrames, all.length));
  const each = Math.max(1, Math.floor(maxRows / chosen.length));
  const rows = stack(chosen.map((index) => salientTokens(at(all, index), frames, each)));
  return inOneRun(rows, keyFrameSentence);
});

/** Indices of at most `count` frames, ascending: k-means from frames far apart, then the medoid of each cluster. */
export function coveringFrames(frames: readonly TokenRows[], count: number): number[] {
  let centres = farthestApart(frames, count);
  let clusters: number[][] = [];
  for (let round = 0; round < 10; round++) {
    clusters = centres.map(() => []);
    for (const [index, frame] of frames.entries()) at(clusters, nearest(frame, centres)).push(index);
    centres = clusters.map((cluster, i) =>
      cluster.length === 0 ? at(centres, i) : meanRow(stack(cluster.map((index) => at(frames, index)))),
    );
  }
  const medoids = clusters.flatMap((cluster, i) => {
    const members = cluster.map((index) => at(frames, index));
    return cluster.length === 0 ? [] : [at(cluster, nearest(at(centres, i), members))];
  });
  return medoids.sort((a, b) => a - b);
}

/** The first frame, then again and again the one farthest from all before it. */
function farthestApart(frames: readonly TokenRows[], count: number): TokenRows[] {
  const chosen = [at(frames, 0)];
  while (chosen.length < count) {
    const gaps = frames.map((frame) => Math.min(...chosen.map((other) => distance(frame, other))));
    chosen.push(at(frames, gaps.indexOf(Math.max(...gaps))));
  }
  return chosen;
}

function distance(a: TokenRows, b: TokenRows): number {
  return a.data.reduce((sum, value, i) => sum + (value - (b.data[i] ?? Number.NaN)) ** 2, 0);
}

function nearest(row: TokenRows, list: readonly TokenRows[]): number {
  const distances = list.map((other) => distance(row, other));
  return distances.indexOf(Math.min(...distances));
}

/** The patches most alike to the frame as a whole, in their own order. */
function salientTokens(frame: TokenRows, layout: FrameTokens, count: number): TokenRows {
  const patches = patchIndices(layout);
  const whole =
    layout.cls === 'none' ? meanRow(frame) : pickRows(frame, [layout.cls === 'first' ? 0 : frame.count - 1]);
  const scored = patches.map((index) => ({
    index,
    score: cosine(pickRows(frame, [index]).data, whole.data),
  }));
  const kept = scored.sort((a, b) => b.score - a.score).slice(0, count);
  return pickRows(
    frame,
    kept.map(({ index }) => index).sort((a, b) => a - b),
  );
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? Number.NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
