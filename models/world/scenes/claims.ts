import type { ColourName } from '../things/colours.ts';
import type { Group } from '../things/groups.ts';
import type { EventKind } from './events.ts';
import type { Scene, Shown } from './scene.ts';
import { countOf, distinctThings, type Placement, placementOf, storyOf } from './truth.ts';

/** What a text says of one thing; all that is left out is free. */
export interface ThingClaim {
  /** The noun, or `unknown` for a thing without a word. */
  readonly thing?: string | undefined;
  readonly colour?: ColourName | undefined;
  readonly group?: Group | undefined;
  /** One event: it happens, whatever else does. Two: these and in this order. None: it stands still. */
  readonly story?: readonly EventKind[] | undefined;
  readonly count?: number | undefined;
}

/** What a text says of a scene. */
export interface Claim {
  /** Of different things of the scene, one or two. */
  readonly things: readonly ThingClaim[];
  /** Where the first of two is, seen from the second. */
  readonly placement?: Placement | undefined;
}

/** Whether a claim is true of a scene. */
export function isTrue(claim: Claim, scene: Scene): boolean {
  const shown = distinctThings(scene);
  const [first, second] = claim.things;
  if (first === undefined) return true;
  return shown.some((a) => {
    if (!fits(first, a, scene)) return false;
    if (second === undefined) return true;
    return shown.some(
      (b) =>
        b !== a &&
        fits(second, b, scene) &&
        (claim.placement === undefined || placementOf(scene, a, b) === claim.placement),
    );
  });
}

function fits({ thing, colour, group, story, count }: ThingClaim, shown: Shown, scene: Scene): boolean {
  const own = shown.thing;
  if (thing !== undefined && thing !== (own.known ? own.id : 'unknown')) return false;
  if (colour !== undefined && colour !== shown.colour) return false;
  if (group !== undefined && !(own.known && own.group === group)) return false;
  if (count !== undefined && countOf(scene, own.id) !== count) return false;
  return story === undefined || tells(story, storyOf(shown));
}

function tells(claimed: readonly EventKind[], story: readonly EventKind[]): boolean {
  const [only] = claimed;
  if (claimed.length === 1 && only !== undefined) return story.includes(only);
  return claimed.length === story.length && claimed.every((kind, place) => kind === story[place]);
}
