import { AppError } from '#errors';
import type { ClipFacts, Part } from '../types.ts';

/** Names a part in keys of caches; empty for a whole clip. */
export function partName(part: Part | undefined): string {
  return part === undefined ? '' : `${part.start.toFixed(3)}-${part.end.toFixed(3)}`;
}

/** Bounds of a part as people give them, either of which may be missing. */
export interface PartBounds {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/**
 * The part of a clip that a request is about; undefined for all of it. An end beyond the clip's is the clip's. Throws
 * `invalid_request` for a part that is empty or lies behind the clip.
 */
export function partWithin({ start, end }: PartBounds, { duration }: ClipFacts): Part | undefined {
  if (start === undefined && end === undefined) return undefined;
  const part = { start: start ?? 0, end: Math.min(end ?? duration, duration) };
  if (part.start < part.end) return part.start === 0 && part.end === duration ? undefined : part;
  const message = `start, end: ${start ?? 0} to ${end ?? duration} s is no part of a clip of ${duration.toFixed(1)} s`;
  throw new AppError('invalid_request', message, { param: 'start' });
}
