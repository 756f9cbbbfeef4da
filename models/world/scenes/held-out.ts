import { randomFrom } from '../random.ts';
import type { EventKind } from './events.ts';

const share = 0.1;

/** Whether no clip in training shows this thing do that: a tenth of all pairs. Pictures do show it. */
export function isHeldOut(thing: string, kind: EventKind): boolean {
  return randomFrom(`held out/${thing}/${kind}`).chance(share);
}
