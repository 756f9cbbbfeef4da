import type { Random } from '../random.ts';

/** A text as people type it: in capitals, without capitals or marks, with slips of the fingers. */
export function misspell(text: string, random: Random): string {
  let typed = text;
  if (random.chance(0.25)) typed = typed.toLowerCase();
  else if (random.chance(0.06)) typed = typed.toUpperCase();
  if (random.chance(0.25)) typed = typed.replace(/[?.!]$/, '');
  if (!random.chance(0.12)) return typed;
  const letters = [...typed];
  const i = random.int(1, Math.max(2, letters.length - 1));
  const [one, next] = [letters[i], letters[i + 1]];
  if (one === undefined || next === undefined || !/\p{L}/u.test(one) || !/\p{L}/u.test(next)) return typed;
  switch (random.int(0, 3)) {
    case 0:
      letters.splice(i, 1);
      break;
    case 1:
      letters.splice(i, 2, next, one);
      break;
    default:
      letters.splice(i, 0, one);
  }
  return letters.join('');
}
