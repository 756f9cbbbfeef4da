import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { drawingOf } from '#models/world/drawing/drawings.ts';
import { readHex } from '#models/world/drawing/dye.ts';
import { redraw } from '#models/world/drawing/redraw.ts';
import { randomFrom } from '#models/world/random.ts';

describe('a drawing by another hand', () => {
  const { side, body } = drawingOf('noto', 'fox');

  test('is the same for the same draw, and another for another', () => {
    assert.equal(redraw(body, side, randomFrom('a')), redraw(body, side, randomFrom('a')));
    assert.notEqual(redraw(body, side, randomFrom('a')), redraw(body, side, randomFrom('b')));
  });

  test('is drawn, stays inside its square and is about as large', async () => {
    const covered = async (drawn: string): Promise<number> => {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 ${side} ${side}">${drawn}</svg>`;
      const { channels } = await sharp(Buffer.from(svg)).ensureAlpha().stats();
      return channels[3]?.mean ?? 0;
    };
    const original = await covered(body);
    for (let seed = 0; seed < 20; seed++) {
      const share = (await covered(redraw(body, side, randomFrom(seed)))) / original;
      assert.ok(share > 0.5 && share < 1.2, `seed ${seed} covers ${share} of the original's area`);
    }
  });
});

test('colours as CSS Color 4 defines hue, saturation and lightness', () => {
  // rebeccapurple, orange and grey as the specification lists them
  const near = (hex: string, [hue, saturation, lightness]: readonly [number, number, number]): void => {
    const own = readHex(hex);
    assert.ok(
      Math.abs(own.hue - hue) < 0.5 && Math.abs(own.saturation - saturation) < 0.5,
      JSON.stringify(own),
    );
    assert.ok(Math.abs(own.lightness - lightness) < 0.5, JSON.stringify(own));
  };
  near('#663399', [270, 50, 40]);
  near('#ffa500', [38.8, 100, 50]);
  near('#808080', [0, 0, 50.2]);
  near('#0f0', [120, 100, 50]);
});
