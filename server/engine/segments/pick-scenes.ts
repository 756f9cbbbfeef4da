import { at } from '#core/at.ts';

/** One in so many of the picked are there for the whole of the clip, whatever the question. */
const spreadShare = 4;

/**
 * Numbers of `room` items of a list, ascending: those with the highest scores, and a few spread evenly. Picking by the question
 * alone misses what its words do not name. An item without a score is only picked for the spread.
 */
export function pickScenes(scores: readonly (number | undefined)[], room: number): number[] {
  if (scores.length <= room) return [...scores.keys()];
  const scored = [...scores.entries()].filter(([, score]) => score !== undefined);
  const spread = scored.length === 0 ? room : Math.floor(room / spreadShare);
  const best = scored.sort(([, a], [, b]) => (b ?? 0) - (a ?? 0)).slice(0, room - spread);
  const picked = new Set(best.map(([number]) => number));
  for (const number of evenly(scores.length, spread)) picked.add(nearestOther(number, scores.length, picked));
  // scores may be few
  for (const number of evenly(scores.length, room - picked.size)) {
    picked.add(nearestOther(number, scores.length, picked));
  }
  return [...picked].sort((a, b) => a - b);
}

/** The middles of `count` equal parts of a list. */
export function evenly(length: number, count: number): number[] {
  return Array.from({ length: Math.min(count, length) }, (_, i) =>
    Math.floor(((i + 0.5) * length) / Math.min(count, length)),
  );
}

function nearestOther(number: number, length: number, taken: ReadonlySet<number>): number {
  for (let away = 0; away < length; away++) {
    for (const other of [number + away, number - away]) {
      if (other >= 0 && other < length && !taken.has(other)) return other;
    }
  }
  return number;
}

/** Scenes that follow one another, as runs of numbers of the list. */
export function runsOf(items: readonly { readonly start: number; readonly end: number }[]): number[][] {
  const runs: number[][] = [];
  for (const [i, { start }] of items.entries()) {
    const run = runs.at(-1);
    if (run !== undefined && Math.abs(at(items, i - 1).end - start) < 1e-3) run.push(i);
    else runs.push([i]);
  }
  return runs;
}
