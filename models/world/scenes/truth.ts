import type { KnownThing } from '../things/thing.ts';
import type { EventKind } from './events.ts';
import type { Scene, Shown } from './scene.ts';

export const placements = ['left of', 'right of', 'above', 'below', 'in front of', 'behind'] as const;
export type Placement = (typeof placements)[number];

export const oppositePlacement: Record<Placement, Placement> = {
  'left of': 'right of',
  'right of': 'left of',
  above: 'below',
  below: 'above',
  'in front of': 'behind',
  behind: 'in front of',
};

/** A thing that the world has a word for, in a scene. */
export interface Known extends Shown {
  readonly thing: KnownThing;
}

export function isKnown(shown: Shown): shown is Known {
  return shown.thing.known;
}

/** What happens to a thing, in order; empty for one that stands still. */
export function storyOf({ events }: Shown): EventKind[] {
  return events.map(({ kind }) => kind);
}

/** The different things of a scene, each once, those behind first. */
export function distinctThings({ things }: Scene): Shown[] {
  return things.filter(
    (shown, place) => things.findIndex((other) => other.thing.id === shown.thing.id) === place,
  );
}

/** How many of a thing a scene shows. */
export function countOf({ things }: Scene, id: string): number {
  return things.filter(({ thing }) => thing.id === id).length;
}

/** Where `a` is, seen from `b`, both of `scene` and still; undefined where no word is clearly right. */
export function placementOf(scene: Scene, a: Shown, b: Shown): Placement | undefined {
  if (a === b || a.events.length + b.events.length > 0) return undefined;
  const [x, y] = [a.at.x - b.at.x, a.at.y - b.at.y];
  const [sideways, upright] = [Math.abs(x), Math.abs(y)];
  const apart = Math.max(sideways, upright) / (a.size + b.size);
  // a third of each covers the other: that is what one would say
  if (apart < 0.7) return scene.things.indexOf(a) > scene.things.indexOf(b) ? 'in front of' : 'behind';
  if (apart < 0.85 || Math.min(sideways, upright) > 0.5 * Math.max(sideways, upright)) return undefined;
  if (sideways > upright) return x < 0 ? 'left of' : 'right of';
  return y < 0 ? 'above' : 'below';
}
