import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderClip, renderPictures } from '#models/world/drawing/render-scenes.ts';
import { randomFrom } from '#models/world/random.ts';
import { captionClaim, captionFor } from '#models/world/scenes/captions.ts';
import { isTrue } from '#models/world/scenes/claims.ts';
import { drawClip, drawPicture } from '#models/world/scenes/draw-scene.ts';
import { aThing, pluralOf } from '#models/world/scenes/english.ts';
import type { eventKinds } from '#models/world/scenes/events.ts';
import type { Scene, Shown } from '#models/world/scenes/scene.ts';
import { stateAt } from '#models/world/scenes/state.ts';
import { textFor, textForms } from '#models/world/scenes/texts.ts';
import { placementOf } from '#models/world/scenes/truth.ts';
import { knownThings, thingOf } from '#models/world/things/known-things.ts';
import { unknownThings } from '#models/world/things/unknown-things.ts';

function shown(noun: string, x: number, y: number, changes: Partial<Shown> = {}): Shown {
  const look = { style: 'noto', drawing: 0, redrawing: 0, mirrored: false, size: 0.15 } as const;
  return { ...look, thing: thingOf(noun), colour: undefined, at: { x, y }, events: [], ...changes };
}

function sceneOf(...things: Shown[]): Scene {
  return { things, background: () => '<rect width="1" height="1" fill="#808080"/>' };
}

const leftThenGrow = [
  { kind: 'left', from: 0, to: 0.5, amount: 0.3 },
  { kind: 'grow', from: 0.5, to: 1, amount: 2 },
] as const;

describe('things', () => {
  test('at least two hundred, each with a noun and a Vietnamese name of its own', () => {
    assert.ok(knownThings.length >= 200);
    assert.equal(new Set(knownThings.map(({ id }) => id)).size, knownThings.length);
    assert.equal(new Set(knownThings.map(({ vietnamese }) => vietnamese)).size, knownThings.length);
  });

  test('what is shown as unknown is no drawing of a known thing', () => {
    const drawings = new Set(knownThings.flatMap((thing) => thing.drawings));
    for (const { id } of unknownThings) assert.ok(!drawings.has(id), id);
  });
});

describe('captions, by hand', () => {
  test('one thing, two events, in both languages', () => {
    const scene = sceneOf(shown('car', 0.5, 0.5, { colour: 'red', events: leftThenGrow }));
    assert.equal(captionFor(scene), 'a red car moving left and then growing');
    assert.equal(captionFor(scene, 'vi'), 'một xe ô tô màu đỏ di chuyển sang trái rồi to ra');
  });

  test('two things by their place, copies by their number, and mass nouns without an article', () => {
    assert.equal(
      captionFor(sceneOf(shown('dog', 0.2, 0.5), shown('cat', 0.8, 0.5))),
      'a dog to the left of a cat',
    );
    assert.equal(
      captionFor(sceneOf(shown('mouse', 0.2, 0.2), shown('mouse', 0.8, 0.8))),
      'two mice standing still',
    );
    assert.equal(captionFor(sceneOf(shown('bread', 0.5, 0.5))), 'bread standing still');
    assert.equal(aThing(thingOf('umbrella')), 'an umbrella');
    assert.equal(aThing(thingOf('unicorn')), 'a unicorn');
    assert.equal(pluralOf('strawberry'), 'strawberries');
  });
});

describe('truth', () => {
  test('where a thing is, seen from the other; nothing where no word is clearly right', () => {
    const index = (x: number, y: number) => {
      const [a, b] = [shown('dog', 0.5, 0.5), shown('cat', x, y)];
      return placementOf(sceneOf(a, b), a, b);
    };
    assert.equal(index(0.9, 0.5), 'left of');
    assert.equal(index(0.5, 0.1), 'below');
    assert.equal(index(0.6, 0.5), 'behind');
    assert.equal(index(0.9, 0.9), undefined);
  });

  test('a single event is claimed of any that has it, two in their order only', () => {
    const scene = sceneOf(shown('dog', 0.6, 0.5, { events: leftThenGrow }));
    const told = (...story: (typeof eventKinds)[number][]) =>
      isTrue({ things: [{ thing: 'dog', story }] }, scene);
    assert.ok(told('left') && told('grow') && told('left', 'grow'));
    assert.ok(!told('grow', 'left') && !told() && !told('right'));
  });

  test('every text drawn about a scene is true of it', () => {
    const random = randomFrom('true texts');
    for (let draw = 0; draw < 150; draw++) {
      const scene = drawPicture(random);
      assert.ok(isTrue(captionClaim(scene), scene), captionFor(scene));
      for (const form of textForms) {
        const { text, claim } = textFor(scene, random, form, random.chance(0.5) ? 'vi' : 'en');
        assert.ok(isTrue(claim, scene), text);
      }
    }
  });
});

test('things stay inside the frame all the time', () => {
  const random = randomFrom('inside');
  for (let draw = 0; draw < 150; draw++) {
    for (const one of drawClip(random).scene.things) {
      for (let step = 0; step <= 12; step++) {
        const { at: i, size } = stateAt(one, step / 12);
        for (const centre of [i.x, i.y]) assert.ok(centre - size > -0.02 && centre + size < 1.02);
      }
    }
  }
});

describe('drawing', () => {
  test('a thing is drawn where it is, and a move takes it there', async () => {
    const scene = sceneOf(
      shown('tomato', 0.7, 0.5, { events: [{ kind: 'left', from: 0, to: 1, amount: 0.4 }] }),
    );
    const clip = { scene, extent: { from: 0, to: 1 } };
    const centres = (await renderClip(clip, [0, 0.5, 1], 60)).map((frame) => redCentre(frame, 60));
    for (const [index, expected] of [0.7, 0.5, 0.3].entries()) {
      assert.ok(Math.abs((centres[index] ?? 0) - expected) < 0.03, `${centres[index]} for ${expected}`);
    }
  });

  test('a dyed thing has its colour', async () => {
    const [picture = new Uint8Array()] = await renderPictures(
      [sceneOf(shown('car', 0.5, 0.5, { colour: 'blue' }))],
      60,
    );
    const i = (30 * 60 + 30) * 3;
    const [red = 0, , blue = 0] = picture.subarray(i, i + 3);
    assert.ok(blue > red + 60, `${red} ${blue}`);
  });
});

/** Mean column of the pixels that are clearly red, in frame sides. */
function redCentre(rgb: Uint8Array, side: number): number {
  let [sum, count] = [0, 0];
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [r = 0, g = 0] = rgb.subarray(pixel * 3, pixel * 3 + 2);
    if (r < g + 80) continue;
    sum += ((pixel % side) + 0.5) / side;
    count += 1;
  }
  return sum / count;
}
