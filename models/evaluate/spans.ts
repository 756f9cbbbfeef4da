/** A stretch of a clip, in seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Seconds that two stretches share, of all that one of them has: from 0 to 1. */
export function intersectionOverUnion(a: Span, b: Span): number {
  const shared = Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
  return shared / (a.end - a.start + b.end - b.start - shared);
}

/** Whether one of the found stretches is one of the true ones, by their overlap. */
export function isFound(found: readonly Span[], truths: readonly Span[], least = 0.5): boolean {
  return found.some((one) => truths.some((truth) => intersectionOverUnion(one, truth) >= least));
}

/** Whether the middle of a stretch lies in one of the true ones. */
export function pointsAt(found: Span | undefined, truths: readonly Span[]): boolean {
  if (found === undefined) return false;
  const middle = (found.start + found.end) / 2;
  return truths.some(({ start, end }) => start <= middle && middle <= end);
}
