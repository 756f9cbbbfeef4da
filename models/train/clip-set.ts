import { randomFrom } from '#models/world/random.ts';
import { renderClips } from '#models/world/drawing/render-scenes.ts';
import { drawClip, drawCutClip, type Wanted } from '#models/world/scenes/draw-scene.ts';
import { type EventKind, reversed } from '#models/world/scenes/events.ts';
import { isHeldOut } from '#models/world/scenes/held-out.ts';
import type { Clip } from '#models/world/scenes/scene.ts';
import type { Drawing } from './picture-store.ts';
import { stories } from './text-banks.ts';

/** Clips of one thing are drawn together, so that a batch can hold many that differ by what happens alone. */
export const clipsPerFamily = 6;
export const families = 900;
export const clipCount = clipsPerFamily * families;

/** Clips a sixth of which show their scene in a third or two thirds of the frames only. */
export function trainingClip(seed: number, index: number): Clip {
  const family = Math.floor(index / clipsPerFamily);
  const member = index % clipsPerFamily;
  const random = randomFrom(`train/${seed}/clip/${index}`);
  const base: Wanted = { pairs: 'seen', redrawn: true };
  if (member === clipsPerFamily - 1) return drawCutClip(random, random.chance(0.5) ? 1 : 2, base);
  // two things, placements and copies, so that the branch keeps them apart
  if (member === clipsPerFamily - 2) return drawClip(random, base);
  const thing = thingOfFamily(seed, family);
  return drawClip(random, { ...base, thing, story: storyOfMember(seed, family, member, thing.id) });
}

function thingOfFamily(seed: number, family: number) {
  const first = drawClip(randomFrom(`train/${seed}/family/${family}`), { subject: 'one', unknown: 0.06 });
  const [shown] = first.scene.things;
  if (shown === undefined) throw new Error('a scene shows something');
  return shown.thing;
}

/** Stories of one family differ; a third have two events. */
function storyOfMember(seed: number, family: number, member: number, thing: string): readonly EventKind[] {
  const random = randomFrom(`train/${seed}/stories/${family}`);
  const seen = stories.filter((story) => !story.some((kind) => isHeldOut(thing, kind)));
  const short = random.shuffle(seen.filter(({ length }) => length < 2));
  const long = random.shuffle(seen.filter(({ length }) => length === 2));
  return (member < 2 ? short[member] : long[member]) ?? [];
}

/** What a clip shows with its frames in the other order; undefined where that is the same. */
export function reverseClip(clip: Clip): Clip | undefined {
  const things = clip.scene.things.map((shown) => ({
    ...shown,
    events: shown.events
      .map((event) => ({ ...event, kind: reversed[event.kind], from: 1 - event.to, to: 1 - event.from }))
      .reverse(),
  }));
  const story = ({ things: all }: { things: typeof clip.scene.things }): string =>
    all.map(({ events }) => events.map(({ kind }) => kind).join()).join(';');
  if (story({ things }) === story(clip.scene)) return undefined;
  const extent = { from: 1 - clip.extent.to, to: 1 - clip.extent.from };
  return { ...clip, extent, scene: { ...clip.scene, things } };
}

export function clipDrawing(seed: number, frames: number): Drawing {
  // frames at segment centres, as the server samples them
  const times = Array.from({ length: frames }, (_, frame) => (frame + 0.5) / frames);
  return {
    count: clipCount,
    each: frames,
    draw: async (first, count, side) => {
      const clips = Array.from({ length: count }, (_, i) => trainingClip(seed, first + i));
      return (await renderClips(clips, times, side)).flat();
    },
  };
}
