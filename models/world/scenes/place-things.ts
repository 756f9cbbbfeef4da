import type { Random } from '../random.ts';
import { type EventKind, isMove, type SceneEvent } from './events.ts';
import type { Shown } from './scene.ts';
import { stateAt } from './state.ts';
import { placementOf } from './truth.ts';

/** The events of one thing, in order, in `share` of the time; `crowd` is how many things need room. */
export function eventsOf(
  random: Random,
  story: readonly EventKind[],
  share: number,
  crowd: number,
): SceneEvent[] {
  // a rest in whole thirds, so that frames at segment centres see all of an event
  const start = share === 1 ? 0 : random.int(0, Math.round((1 - share) * 3) + 1) / 3;
  return story.map((kind, place) => {
    const length = share / story.length;
    const from = start + place * length;
    return { kind, from, to: from + length, amount: amountOf(random, kind, story.length * crowd > 1) };
  });
}

function amountOf(random: Random, kind: EventKind, crowded: boolean): number {
  if (isMove(kind)) return crowded ? random.uniform(0.22, 0.34) : random.uniform(0.28, 0.46);
  switch (kind) {
    case 'bounce':
      return random.uniform(0.12, 0.2);
    case 'turn':
      return random.uniform(120, 240) * (random.chance(0.5) ? 1 : -1);
    default:
      return random.uniform(1.6, 2);
  }
}

/** Half the side of a thing's box before its events, such that the largest it gets is in range. */
export function sizeFor(random: Random, events: readonly SceneEvent[], crowd: number): number {
  const [low, high] = crowd === 1 ? [0.17, 0.26] : crowd === 2 ? [0.14, 0.2] : [0.12, 0.17];
  const grown = events.find(({ kind }) => kind === 'grow');
  const shrunk = events.some(({ kind }) => kind === 'shrink');
  const size = random.uniform(shrunk || grown !== undefined ? (low + high) / 2 : low, high);
  if (grown !== undefined) return (size * 1.15) / grown.amount;
  return shrunk ? size * 1.15 : size;
}

const attempts = 30;
const moments = [0, 0.25, 0.5, 0.75, 1];

/**
 * Gives each thing a place where it stays inside the frame and clear of the others, or, `related`, where one word tells
 * where the first two are. Undefined where chance found none.
 */
export function placeThings(
  random: Random,
  things: readonly Omit<Shown, 'at'>[],
  related = false,
): Shown[] | undefined {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const placed = things.flatMap((thing) => placeInside(random, thing) ?? []);
    if (placed.length < things.length) return undefined;
    if (related ? isRelated(placed, random) : areClear(placed)) return placed;
  }
  return undefined;
}

function placeInside(random: Random, thing: Omit<Shown, 'at'>): Shown | undefined {
  const states = Array.from({ length: 13 }, (_, step) =>
    stateAt({ ...thing, at: { x: 0, y: 0 } }, step / 12),
  );
  const axis = (name: 'x' | 'y'): number | undefined => {
    const low = Math.max(...states.map(({ at, size }) => size - at[name]));
    const high = Math.min(...states.map(({ at, size }) => 1 - size - at[name]));
    return low > high ? undefined : random.uniform(low, high);
  };
  const [x, y] = [axis('x'), axis('y')];
  return x === undefined || y === undefined ? undefined : { ...thing, at: { x, y } };
}

function areClear(things: readonly Shown[]): boolean {
  return things.every((a, place) =>
    things.slice(place + 1).every((b) =>
      moments.every((t) => {
        const [p, q] = [stateAt(a, t), stateAt(b, t)];
        return Math.max(Math.abs(p.at.x - q.at.x), Math.abs(p.at.y - q.at.y)) > 0.9 * (p.size + q.size);
      }),
    ),
  );
}

/** Side by side or one over the other; a quarter of the time, one partly behind the other. */
function isRelated(things: readonly Shown[], random: Random): boolean {
  const [a, b] = things;
  if (a === undefined || b === undefined) return false;
  const word = placementOf({ things, background: () => '' }, a, b);
  if (word === undefined) return false;
  const overlapping = word === 'behind' || word === 'in front of';
  if (!overlapping) return random.chance(0.5);
  // what is behind must still be seen
  return Math.hypot(a.at.x - b.at.x, a.at.y - b.at.y) > 0.45 * (a.size + b.size);
}
