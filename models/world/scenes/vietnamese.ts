import { type ColourName, vietnameseColour } from '../things/colours.ts';
import type { KnownThing } from '../things/thing.ts';
import type { EventKind } from './events.ts';
import type { Placement } from './truth.ts';

/** `con chó`, `xe ô tô màu đỏ` */
export function coloured(thing: KnownThing, colour?: ColourName): string {
  return colour === undefined ? thing.vietnamese : `${thing.vietnamese} ${vietnameseColour[colour]}`;
}

/** `một con chó`; things without number stand alone. */
export function aThing(thing: KnownThing, colour?: ColourName): string {
  return thing.form === 'count' ? `một ${coloured(thing, colour)}` : coloured(thing, colour);
}

const numbers = ['không', 'một', 'hai', 'ba'];

/** `hai con chó` */
export function several(count: number, thing: KnownThing, colour?: ColourName): string {
  return `${numbers[count] ?? count} ${coloured(thing, colour)}`;
}

export const verb: Record<EventKind, string> = {
  left: 'di chuyển sang trái',
  right: 'di chuyển sang phải',
  up: 'di chuyển lên trên',
  down: 'di chuyển xuống dưới',
  grow: 'to ra',
  shrink: 'nhỏ lại',
  turn: 'xoay',
  appear: 'xuất hiện',
  vanish: 'biến mất',
  bounce: 'nảy lên',
};

/** `di chuyển sang trái rồi to ra`, `đứng yên` */
export function verbs(story: readonly EventKind[]): string {
  return story.length === 0 ? 'đứng yên' : story.map((kind) => verb[kind]).join(' rồi ');
}

/** Between two things: `ở bên trái` */
export const placementWords: Record<Placement, string> = {
  'left of': 'ở bên trái',
  'right of': 'ở bên phải',
  above: 'ở trên',
  below: 'ở dưới',
  'in front of': 'ở trước',
  behind: 'ở sau',
};
