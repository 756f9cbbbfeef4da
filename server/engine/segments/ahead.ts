import type { Part } from '../types.ts';

/** Parts decoded by one process, and the seconds from the first of them to the last: what a slow machine can do in its time. */
const maxParts = 24;
const maxSpan = 120;
/** Seconds between two parts from which it is less work to seek than to decode what lies between. */
const maxGap = 20;

/** The parts, from the first on, that one process decodes with the least work: those that lie close together. */
export function aheadOf(parts: readonly Part[]): readonly Part[] {
  const [first] = parts;
  if (first === undefined) return [];
  const end = parts.findIndex(
    ({ start, end }, i) =>
      i === maxParts || (i > 0 && (end - first.start > maxSpan || start - (parts[i - 1]?.end ?? 0) > maxGap)),
  );
  return end === -1 ? parts : parts.slice(0, end);
}
