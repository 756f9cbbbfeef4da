import type { Random } from '../random.ts';

/** What people write beside a caption, and is true of nothing one sees; all of words that every vocabulary here has. */
const before: readonly string[] = [
  'hello people, thanks again:',
  'please see this very first:',
  'new and so good:',
  'tell me what you think:',
  'xin chào:',
];
const after: readonly string[] = [
  'and thank you again and again',
  'if you like it let me know',
  'with more people behind it',
  'please look again after this',
  'one of the most new and good things',
  'but maybe that is too short to know',
  'rất đúng như thế',
];

/** A text with such words in front of it or behind it. */
export function withFalseWords(text: string, random: Random): string {
  return random.chance(0.5) ? `${random.pick(before)} ${text}` : `${text} ${random.pick(after)}`;
}
