/** A stretch of a clip with its similarity to a text; seconds from the clip's start. */
export interface Moment {
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** A neighbour belongs to a moment while it keeps this share of the height of the best one above the clip's middle. */
const keptHeight = 0.7;

/**
 * The `k` best moments: each a contiguous run of scenes around a peak of the similarities, the best first. Scenes come in
 * order; a scene is in one moment at most.
 */
export function findMoments(scenes: readonly Moment[], k: number): Moment[] {
  const scores = scenes.map(({ score }) => score).sort((a, b) => a - b);
  const middle = scores[Math.floor((scores.length - 1) / 2)] ?? 0;
  const free = new Set(scenes.keys());
  const found: Moment[] = [];
  const best = [...scenes.entries()].sort(([, a], [, b]) => b.score - a.score);
  for (const [number, { score }] of best) {
    if (found.length === k) break;
    if (!free.has(number)) continue;
    const least = middle + keptHeight * (score - middle);
    const belongs = (to: number, from: number): boolean => {
      const [scene, neighbour] = [scenes[to], scenes[from]];
      if (scene === undefined || neighbour === undefined || !free.has(to) || scene.score < least)
        return false;
      const gap = to < from ? neighbour.start - scene.end : scene.start - neighbour.end;
      return gap < 1e-3;
    };
    let [first, last] = [number, number];
    while (belongs(first - 1, first)) first--;
    while (belongs(last + 1, last)) last++;
    for (let i = first; i <= last; i++) free.delete(i);
    found.push({ start: scenes[first]?.start ?? 0, end: scenes[last]?.end ?? 0, score });
  }
  return found;
}
