import type { ColourName } from '../things/colours.ts';
import type { KnownThing } from '../things/thing.ts';
import type { EventKind } from './events.ts';
import type { Placement } from './truth.ts';

/** `a`, or `an` before a vowel. */
export function withArticle(noun: string): string {
  return `${/^(?!uni)[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** `red car`, `car` */
export function coloured(thing: KnownThing, colour?: ColourName): string {
  return colour === undefined ? thing.id : `${colour} ${thing.id}`;
}

/** `a red car`, `bread`, `scissors` */
export function aThing(thing: KnownThing, colour?: ColourName): string {
  const noun = coloured(thing, colour);
  return thing.form === 'count' ? withArticle(noun) : noun;
}

const numbers = ['no', 'one', 'two', 'three'];

/** `two red cars`; for things of form `count`. */
export function several(count: number, thing: KnownThing, colour?: ColourName): string {
  return `${numbers[count] ?? count} ${pluralOf(coloured(thing, colour))}`;
}

const unlike = new Map([
  ['fish', 'fish'],
  ['mouse', 'mice'],
  ['leaf', 'leaves'],
  ['knife', 'knives'],
  ['tooth', 'teeth'],
  ['dice', 'dice'],
]);

export function pluralOf(noun: string): string {
  const last = noun.slice(noun.lastIndexOf(' ') + 1);
  const before = noun.slice(0, noun.length - last.length);
  const irregular = unlike.get(last);
  if (irregular !== undefined) return before + irregular;
  if (/(s|x|ch|sh|to)$/.test(last)) return `${noun}es`;
  return /[^aeiou]y$/.test(last) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** `moving left`, `growing` */
export const participle: Record<EventKind, string> = {
  left: 'moving left',
  right: 'moving right',
  up: 'moving up',
  down: 'moving down',
  grow: 'growing',
  shrink: 'shrinking',
  turn: 'turning',
  appear: 'appearing',
  vanish: 'vanishing',
  bounce: 'bouncing',
};

/** `moves to the left`, `grows` */
export const verb: Record<EventKind, string> = {
  left: 'moves to the left',
  right: 'moves to the right',
  up: 'moves up',
  down: 'moves down',
  grow: 'grows',
  shrink: 'shrinks',
  turn: 'turns',
  appear: 'appears',
  vanish: 'vanishes',
  bounce: 'bounces',
};

/** `moving left and then growing`, `standing still` */
export function participles(story: readonly EventKind[]): string {
  return story.length === 0 ? 'standing still' : story.map((kind) => participle[kind]).join(' and then ');
}

/** `moves to the left, then grows`, `stands still` */
export function verbs(story: readonly EventKind[]): string {
  return story.length === 0 ? 'stands still' : story.map((kind) => verb[kind]).join(', then ');
}

/** Between two things: `to the left of` */
export const placementWords: Record<Placement, string> = {
  'left of': 'to the left of',
  'right of': 'to the right of',
  above: 'above',
  below: 'below',
  'in front of': 'in front of',
  behind: 'behind',
};
