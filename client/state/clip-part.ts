import { z } from 'zod';

/** A part of a clip that questions are about, in seconds from the clip's start. */
export const clipPart = z.object({ videoId: z.string(), start: z.number(), end: z.number() });
export type ClipPart = Readonly<z.infer<typeof clipPart>>;

/** What a request says about a part; nothing for whole clips. */
export interface PartSettings {
  readonly partOf?: string;
  readonly start?: number;
  readonly end?: number;
}

export function partSettings(part: ClipPart | undefined): PartSettings {
  return part === undefined ? {} : { partOf: part.videoId, start: part.start, end: part.end };
}

/** The shortest part that can be asked about, in seconds. */
export const minPart = 1;

/**
 * The part between two moments of a clip of so many seconds, whichever of them is first, widened to tenths of a second;
 * undefined where it is too short to be meant.
 */
export function spanBetween(
  a: number,
  b: number,
  duration: number,
): { readonly start: number; readonly end: number } | undefined {
  const within = (seconds: number): number => Math.min(Math.max(0, seconds), duration);
  const start = Math.floor(10 * within(Math.min(a, b))) / 10;
  // a tenth may lie behind the clip's end
  const end = within(Math.ceil(10 * within(Math.max(a, b))) / 10);
  return end - start < minPart ? undefined : { start, end };
}
