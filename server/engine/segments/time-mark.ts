import type { Part, VideoTokens } from '../types.ts';

/** `12:30`, or `1:02:03` from an hour on. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** The mark in front of a part's tokens where a template has none of its own. */
export const usualTimeMark = '[{start}-{end}] ';

/** Tokens behind the times of their part, in a template's words: `{start}` and `{end}` stand for times. */
export function withTimeMark(tokens: VideoTokens, { start, end }: Part, mark: string): VideoTokens {
  const text = mark.replaceAll('{start}', () => clock(start)).replaceAll('{end}', () => clock(end));
  if (text === '') return tokens;
  return { ...tokens, parts: [{ text }, ...(tokens.parts ?? [{ rows: tokens.count }])] };
}
