import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { colourNames } from '#models/world/colours.ts';
import { drawClip, drawPicture, splitRandom } from '#models/world/dataset.ts';
import { kinds } from '#models/world/objects.ts';
import { renderFrames, renderPictures } from '#models/world/render.ts';
import { centreAt, type Scene } from '#models/world/scene.ts';

const size = 60;
const clean = (scene: Scene): Scene => ({
  ...scene,
  background: { style: 'flat', draw: () => '<rect width="1" height="1" fill="#808080"/>' },
});

/** Centre of mass of what differs from the plain background, in frame sides, and the fraction of pixels it covers. */
function seen(rgb: Uint8Array): { x: number; y: number; area: number } {
  let [mass, x, y] = [0, 0, 0];
  for (let pixel = 0; pixel < size * size; pixel++) {
    const away = [0, 1, 2].some((channel) => Math.abs(rgb[pixel * 3 + channel]! - 128) > 24);
    if (!away) continue;
    mass += 1;
    x += (pixel % size) + 0.5;
    y += Math.floor(pixel / size) + 0.5;
  }
  return { x: x / mass / size, y: y / mass / size, area: mass / size ** 2 };
}

describe('a rendered scene', () => {
  it('is the same whether it is drawn alone or with others, but for the rounding of gradients', async () => {
    const random = splitRandom('train', 1);
    const scenes = Array.from({ length: 20 }, () => drawPicture(random));
    const together = await renderPictures(scenes, size);
    assert.equal(together.length, 20);
    for (const index of [0, 7, 19]) {
      const [alone] = await renderPictures([scenes[index]!], size);
      assert.equal(alone!.length, size * size * 3);
      const away = alone!.map((value, i) => Math.abs(value - together[index]![i]!));
      assert.ok(Math.max(...away) <= 2, `picture ${index}`);
    }
  });

  it('shows the object where the path says, by parts of a pixel', async () => {
    const scene = clean(drawClip(splitRandom('train', 4), { kind: 'ball', colour: 'red', motion: 'right' }));
    const times = [0, 0.1, 0.5, 1];
    const frames = await renderFrames(scene, times, size);
    for (const [index, time] of times.entries()) {
      const found = seen(frames[index]!);
      assert.ok(Math.abs(found.x - centreAt(scene, time).x) < 0.012, `x at ${time}`);
      assert.ok(Math.abs(found.y - centreAt(scene, time).y) < 0.012, `y at ${time}`);
    }
  });

  it('shows each object in each colour, large enough, inside its box', async () => {
    const random = splitRandom('train', 5);
    const scenes = kinds.flatMap((kind) =>
      colourNames.map((colour) => clean(drawPicture(random, { kind, colour, motion: 'still' }))),
    );
    for (const [index, rgb] of (await renderPictures(scenes, size)).entries()) {
      const { kind, colour, radius } = scenes[index]!;
      const { area } = seen(rgb);
      const box = (2 * radius + 2 / size) ** 2;
      assert.ok(area > 0.25 * (2 * radius) ** 2 && area < box, `${colour} ${kind} covers ${area}`);
    }
  });

  it('has copies of the object on the side it comes from', async () => {
    const random = splitRandom('train', 6);
    for (const [motion, axis, sign] of [
      ['right', 'x', -1],
      ['left', 'x', 1],
      ['down', 'y', -1],
      ['up', 'y', 1],
    ] as const) {
      const scene = clean(drawPicture(random, { kind: 'ball', colour: 'black', motion }));
      const strong = { ...scene, trail: { copies: 4, spacing: 0.1, opacity: 0.8, decay: 0.9 } };
      const [rgb] = await renderPictures([strong], size);
      assert.ok((seen(rgb!)[axis] - scene.to[axis]) * sign > 0.03, motion);
    }
  });
});
