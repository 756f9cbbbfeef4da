import { drawBackground } from './drawing/background.ts';
import { type ColourName, colourNames, mixPaint } from './colours.ts';
import { type Kind, kinds } from './objects.ts';
import { type Random, randomFrom } from './random.ts';
import { type Motion, motions, type Point, type Scene, stepOf, type Trail } from './scene.ts';

/** Which examples a draw is for. `test` is what is reported; `validation` is what choices are made on. */
export type Split = 'train' | 'validation' | 'test';

/** The stream of draws of one split. Streams of different splits or seeds have nothing in common: both are hashed. */
export function splitRandom(split: Split, seed: number): Random {
  return randomFrom(`${split}:${seed}`);
}

/** What a draw may be told to show; the rest is drawn. */
export interface Wanted {
  readonly kind?: Kind;
  readonly colour?: ColourName;
  readonly motion?: Motion;
  /** Defaults to `all`. The branch trains on `seen` pairs; `held-out` ones show that it did not learn them by heart. */
  readonly pairs?: 'all' | 'seen' | 'held-out';
}

/** Object and colour pairs that no clip in training shows (pictures do): each colour once, eight of the objects. */
const heldOut: Record<ColourName, Kind> = {
  red: 'boat',
  orange: 'umbrella',
  yellow: 'car',
  green: 'heart',
  blue: 'house',
  purple: 'fish',
  white: 'star',
  black: 'ball',
};

export function isHeldOut({ kind, colour }: Pick<Scene, 'kind' | 'colour'>): boolean {
  return heldOut[colour] === kind;
}

/**
 * A clip: one object moving a third to half of the frame along one axis, or standing still, without any trail.
 *
 * The path is drawn as an unordered pair of ends, and only then given its direction. So the set of places a clip
 * shows says nothing about the direction: only the order of the frames does.
 */
export function drawClip(random: Random, wanted: Wanted = {}): Scene {
  const looks = drawLooks(random, wanted);
  const motion = wanted.motion ?? random.pick(motions);
  return { ...looks, motion, ...drawPath(random, looks.radius, motion, random.uniform(0.32, 0.48)) };
}

/** Clips whose captions are as evenly spread as their number allows: each comes once before any comes again. */
export function drawVariety(random: Random, count: number, among: readonly Motion[] = motions): Scene[] {
  const captions = allPairs.flatMap((pair) => among.map((motion) => ({ ...pair, motion })));
  const decks = Array.from({ length: Math.ceil(count / captions.length) }, () => random.shuffle(captions));
  return decks
    .flat()
    .slice(0, count)
    .map((caption) => drawClip(random, caption));
}

/** A picture: three of five with a trail that tells the motion, the others plain and still. */
export function drawPicture(random: Random, wanted: Wanted = {}): Scene {
  const looks = drawLooks(random, wanted);
  const moving = wanted.motion === undefined ? random.chance(0.6) : wanted.motion !== 'still';
  if (!moving) return { ...looks, motion: 'still', ...drawPath(random, looks.radius, 'still', 0) };
  const motion = wanted.motion ?? random.pick(motions.filter((name) => name !== 'still'));
  const trail: Trail = {
    copies: random.int(3, 6),
    spacing: random.uniform(0.06, 0.09),
    opacity: random.uniform(0.15, 0.8),
    decay: random.uniform(0.65, 0.9),
  };
  const { to } = drawPath(random, looks.radius, motion, trail.copies * trail.spacing);
  return { ...looks, motion, from: to, to, trail };
}

type Looks = Omit<Scene, 'motion' | 'from' | 'to'>;

function drawLooks(random: Random, wanted: Wanted): Looks {
  const { kind, colour } = drawPair(random, wanted);
  return {
    kind,
    colour,
    paint: mixPaint(colour, random),
    background: drawBackground(random),
    radius: random.uniform(0.18, 0.26),
  };
}

/** Ends of a path of the given length that keeps the whole object inside the frame. */
function drawPath(
  random: Random,
  radius: number,
  motion: Motion,
  length: number,
): { from: Point; to: Point } {
  const step = stepOf(motion);
  const middle = (along: number): number => {
    const margin = radius + (Math.abs(along) * length) / 2;
    return random.uniform(margin, 1 - margin);
  };
  const centre = { x: middle(step.x), y: middle(step.y) };
  const end = (sign: number): Point => ({
    x: centre.x + (sign * step.x * length) / 2,
    y: centre.y + (sign * step.y * length) / 2,
  });
  return { from: end(-1), to: end(1) };
}

function drawPair(
  random: Random,
  { kind, colour, pairs = 'all' }: Wanted,
): { kind: Kind; colour: ColourName } {
  const allowed = allPairs.filter(
    (pair) =>
      (kind === undefined || pair.kind === kind) &&
      (colour === undefined || pair.colour === colour) &&
      (pairs === 'all' || isHeldOut(pair) === (pairs === 'held-out')),
  );
  if (allowed.length === 0) throw new RangeError(`no ${pairs} pair is a ${colour ?? ''} ${kind ?? 'object'}`);
  return random.pick(allowed);
}

const allPairs = kinds.flatMap((kind) => colourNames.map((colour) => ({ kind, colour })));
