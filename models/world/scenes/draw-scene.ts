import { drawBackground } from '../drawing/background.ts';
import type { Random } from '../random.ts';
import { type ColourName, dyes } from '../things/colours.ts';
import { knownThings } from '../things/known-things.ts';
import type { KnownThing, Thing } from '../things/thing.ts';
import { unknownThings } from '../things/unknown-things.ts';
import { type EventKind, eventKinds, eventPairs } from './events.ts';
import { isHeldOut } from './held-out.ts';
import { eventsOf, placeThings, sizeFor } from './place-things.ts';
import { type Clip, redrawings, type Scene, type Shown, type Style, trainingStyles } from './scene.ts';

/** What a scene is about. */
export const subjects = ['one', 'story', 'placement', 'two events', 'copies'] as const;
export type Subject = (typeof subjects)[number];

/** What a draw may be told to show; the rest is drawn. */
export interface Wanted {
  readonly subject?: Subject | undefined;
  /** The first thing. */
  readonly thing?: Thing | undefined;
  /** What happens to the first thing. */
  readonly story?: readonly EventKind[] | undefined;
  readonly styles?: readonly Style[] | undefined;
  /** Drawings may be redrawn, so that a net learns shapes rather than one style's lines; false. */
  readonly redrawn?: boolean | undefined;
  /** How often the first thing is one without a word; 0.05. */
  readonly unknown?: number | undefined;
  /** Which things without a word may be shown; those of `train`. */
  readonly unknownSplit?: 'train' | 'test' | undefined;
  /** Pairs of thing and event that no clip in training shows; all are drawn where left out. */
  readonly pairs?: 'all' | 'seen' | undefined;
}

const shares: Record<Subject, number> = {
  one: 0.5,
  story: 0.2,
  placement: 0.1,
  'two events': 0.1,
  copies: 0.1,
};
const tries = 200;

/** A still picture: events are told by ghosts and marks. */
export function drawPicture(random: Random, wanted: Wanted = {}): Scene {
  const cue = {
    ghosts: random.int(3, 6),
    opacity: random.uniform(0.25, 0.7),
    decay: random.uniform(0.65, 0.88),
  };
  return { ...drawScene(random, wanted, 1), cue };
}

/**
 * A clip without ghosts or marks. A path is drawn as a set of places, its direction by a fair coin: only the order of
 * the frames tells it.
 * @param partial how often the event fills one or two thirds of the frames only, and the thing rests in the others
 */
export function drawClip(random: Random, wanted: Wanted = {}, partial = 0.25): Clip {
  const share = random.chance(partial) ? random.pick([1 / 3, 2 / 3]) : 1;
  return { scene: drawScene(random, wanted, share), extent: { from: 0, to: 1 } };
}

/** The same with its scene in a part of the frames only; the others show an empty place or a thing without a word. */
export function drawCutClip(random: Random, thirds: 1 | 2, wanted: Wanted = {}): Clip {
  const from = random.int(0, 4 - thirds) / 3;
  const things = random.chance(0.5)
    ? []
    : drawScene(random, { subject: 'one', story: [], unknown: 1 }, 1).things;
  return {
    scene: drawScene(random, wanted, 1),
    extent: { from, to: from + thirds / 3 },
    elsewhere: { things, background: drawBackground(random).draw },
  };
}

function drawScene(random: Random, wanted: Wanted, share: number): Scene {
  const background = drawBackground(random).draw;
  for (let attempt = 0; attempt < tries; attempt++) {
    const things = drawThings(random, wanted, share);
    if (things !== undefined) return { things, background };
  }
  throw new RangeError('no scene fits into the frame');
}

function drawSubject(random: Random): Subject {
  let left = random.uniform();
  for (const subject of subjects) {
    left -= shares[subject];
    if (left < 0) return subject;
  }
  return 'one';
}

/** Undefined where the draw did not fit into the frame. */
function drawThings(random: Random, wanted: Wanted, share: number): readonly Shown[] | undefined {
  const story = wanted.story;
  const subject =
    wanted.subject ?? (story === undefined ? drawSubject(random) : story.length > 1 ? 'story' : 'one');
  const first = wanted.thing ?? drawThing(random, wanted, subject === 'copies');
  const look = (
    thing: Thing,
  ): Pick<Shown, 'thing' | 'colour' | 'style' | 'drawing' | 'redrawing' | 'mirrored'> => ({
    thing,
    colour: colourOf(thing, random),
    style: random.pick(wanted.styles ?? trainingStyles),
    drawing: thing.known ? random.int(0, thing.drawings.length) : 0,
    redrawing: wanted.redrawn === true ? random.int(0, redrawings) : 0,
    mirrored: random.chance(0.5),
  });
  const tell = (thing: Thing, own: readonly EventKind[] | undefined): readonly EventKind[] | undefined => {
    const told = own ?? drawStory(random, subject);
    const heldOut = wanted.pairs === 'seen' && told.some((kind) => isHeldOut(thing.id, kind));
    return heldOut ? undefined : told;
  };
  const storyOfFirst = tell(first, story);
  if (storyOfFirst === undefined) return undefined;
  const make = (thing: Thing, told: readonly EventKind[], crowd: number): Omit<Shown, 'at'> => {
    const events = eventsOf(random, told, share, crowd);
    return { ...look(thing), size: sizeFor(random, events, crowd), events };
  };
  if (subject === 'one' || subject === 'story') return placeThings(random, [make(first, storyOfFirst, 1)]);
  if (subject === 'copies') {
    const one = make(first, storyOfFirst, 3);
    const count = random.int(2, 4);
    return placeThings(
      random,
      Array.from({ length: count }, () => ({ ...one, mirrored: random.chance(0.5) })),
    );
  }
  const second = drawThing(random, { ...wanted, unknown: 0 }, false);
  const storyOfSecond = tell(second, undefined);
  if (second.id === first.id || storyOfSecond === undefined) return undefined;
  const two = [make(first, storyOfFirst, 2), make(second, storyOfSecond, 2)];
  return placeThings(random, random.chance(0.5) ? two : [...two].reverse(), subject === 'placement');
}

function drawThing(
  random: Random,
  { unknown = 0.05, unknownSplit = 'train' }: Wanted,
  countable: boolean,
): Thing {
  if (!countable && random.chance(unknown))
    return random.pick(unknownThings.filter(({ split }) => split === unknownSplit));
  return random.pick(countable ? countThings : knownThings);
}

const countThings: readonly KnownThing[] = knownThings.filter(({ form }) => form === 'count');

function colourOf(thing: Thing, random: Random): ColourName | undefined {
  if (!thing.known) return undefined;
  return thing.dyed ? random.pick(dyes) : thing.colour;
}

function drawStory(random: Random, subject: Subject): readonly EventKind[] {
  switch (subject) {
    case 'story':
      return random.pick(eventPairs);
    case 'placement':
      return [];
    case 'copies':
      return random.chance(0.7) ? [] : [random.pick(['left', 'right', 'up', 'down', 'turn'] as const)];
    case 'two events':
      return random.chance(0.2) ? [] : [random.pick(eventKinds)];
    case 'one':
      return random.chance(0.2) ? [] : [random.pick(eventKinds)];
  }
}
