import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { captionFor } from '#models/world/captions.ts';
import { colourNames } from '#models/world/colours.ts';
import { drawClip, drawPicture, drawVariety, isHeldOut, splitRandom } from '#models/world/dataset.ts';
import { kinds } from '#models/world/objects.ts';
import { centreAt, motions, reverseClip, type Scene, stepOf } from '#models/world/scene.ts';
import { svgStrip } from '#models/world/svg.ts';

const times = [0, 0.25, 0.5, 0.75, 1];
const many = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const share = (scenes: readonly Scene[], has: (scene: Scene) => boolean): number =>
  scenes.filter(has).length / scenes.length;

describe('many clips of all kinds', () => {
  const captions = (scenes: readonly Scene[]): string[] => scenes.map(captionFor);

  it('repeat no caption before all were shown, and differ with the seed', () => {
    const clips = drawVariety(splitRandom('test', 1), 500);
    assert.equal(clips.length, 500);
    assert.equal(new Set(captions(clips.slice(0, 480))).size, 480);
    assert.equal(new Set(captions(clips.slice(480))).size, 20);
    assert.deepEqual(captions(drawVariety(splitRandom('test', 1), 500)), captions(clips));
    assert.notDeepEqual(captions(drawVariety(splitRandom('test', 2), 500)), captions(clips));
  });

  it('show only the motions asked for', () => {
    const clips = drawVariety(splitRandom('test', 1), 60, ['left', 'up']);
    assert.deepEqual([...new Set(clips.map(({ motion }) => motion))].sort(), ['left', 'up']);
  });
});

describe('a drawn clip', () => {
  const random = splitRandom('train', 1);
  const clips = many(4000, () => drawClip(random));

  it('keeps the whole object inside the frame', () => {
    for (const clip of clips) {
      for (const s of times) {
        const { x, y } = centreAt(clip, s);
        assert.ok(Math.min(x, y) >= clip.radius - 1e-9 && Math.max(x, y) <= 1 - clip.radius + 1e-9);
      }
    }
  });

  it('moves as its motion says, over a third to half of the frame', () => {
    for (const { motion, from, to } of clips) {
      const travel = Math.hypot(to.x - from.x, to.y - from.y);
      if (motion === 'still') assert.equal(travel, 0);
      else assert.ok(travel > 0.319 && travel < 0.481, `${travel}`);
      const step = stepOf(motion);
      assert.ok(Math.abs(to.x - from.x - step.x * travel) < 1e-9);
      assert.ok(Math.abs(to.y - from.y - step.y * travel) < 1e-9);
    }
  });

  it('shows each motion, object and colour equally often, and never a trail', () => {
    for (const motion of motions) assert.ok(Math.abs(share(clips, (c) => c.motion === motion) - 0.2) < 0.03);
    for (const kind of kinds) assert.ok(Math.abs(share(clips, (c) => c.kind === kind) - 1 / 12) < 0.02);
    for (const colour of colourNames)
      assert.ok(Math.abs(share(clips, (c) => c.colour === colour) - 1 / 8) < 0.02);
    assert.ok(clips.every((clip) => clip.trail === undefined));
  });

  it('does not tell its direction by the places it shows: the same draws give the same path, one way or the other', () => {
    for (const [one, other] of [
      ['left', 'right'],
      ['up', 'down'],
    ] as const) {
      for (let seed = 0; seed < 50; seed++) {
        const forth = drawClip(splitRandom('train', seed), { motion: one });
        const back = reverseClip(drawClip(splitRandom('train', seed), { motion: other }));
        assert.equal(back.motion, one);
        for (const s of times) {
          assert.ok(Math.abs(centreAt(forth, s).x - centreAt(back, s).x) < 1e-9);
          assert.ok(Math.abs(centreAt(forth, s).y - centreAt(back, s).y) < 1e-9);
        }
      }
    }
  });
});

describe('a drawn picture', () => {
  const random = splitRandom('train', 2);
  const pictures = many(4000, () => drawPicture(random));

  it('has a trail if and only if it tells a motion: three of five', () => {
    for (const { motion, trail } of pictures) assert.equal(trail !== undefined, motion !== 'still');
    assert.ok(Math.abs(share(pictures, (p) => p.trail !== undefined) - 0.6) < 0.03);
  });

  it('keeps object and trail inside the frame', () => {
    for (const { trail, motion, to, radius } of pictures) {
      const length = trail === undefined ? 0 : trail.copies * trail.spacing;
      const tail = { x: to.x - stepOf(motion).x * length, y: to.y - stepOf(motion).y * length };
      for (const index of [to.x, to.y, tail.x, tail.y])
        assert.ok(index >= radius - 1e-9 && index <= 1 - radius + 1e-9);
    }
  });
});

describe('draws', () => {
  it('are the same for the same split and seed, and others for another', () => {
    const svg = (split: 'train' | 'test', seed: number): string => {
      const random = splitRandom(split, seed);
      return svgStrip(
        many(3, () => ({ scene: drawPicture(random), time: 1 })),
        60,
      );
    };
    assert.equal(svg('train', 5), svg('train', 5));
    assert.notEqual(svg('train', 5), svg('test', 5));
    assert.notEqual(svg('train', 5), svg('train', 6));
  });

  it('keep to what is wanted, held-out pairs or the others included', () => {
    const random = splitRandom('train', 3);
    const heldOut = many(300, () => drawClip(random, { pairs: 'held-out' }));
    assert.ok(heldOut.every(isHeldOut));
    assert.equal(new Set(heldOut.map(({ colour }) => colour)).size, 8);
    assert.ok(!many(1000, () => drawClip(random, { pairs: 'seen' })).some(isHeldOut));
    const wanted = drawPicture(random, { kind: 'fish', colour: 'blue', motion: 'up' });
    assert.deepEqual([wanted.kind, wanted.colour, wanted.motion], ['fish', 'blue', 'up']);
    assert.throws(() => drawClip(random, { kind: 'moon', pairs: 'held-out' }), RangeError);
  });
});
