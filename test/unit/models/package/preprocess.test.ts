import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizePixels, resizeFrame } from '#models/package/preprocess.ts';
import type { RgbImage } from '#models/package/resample.ts';

const mean: [number, number, number] = [0.5, 0.25, 0.75];

function image(
  width: number,
  height: number,
  index: (x: number, y: number) => readonly [number, number, number],
): RgbImage {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgb.set(index(x, y), (y * width + x) * 3);
  }
  return { width, height, rgb };
}

function pixel(rgb: Uint8Array, size: number, x: number, y: number): number[] {
  return [...rgb.subarray((y * size + x) * 3, (y * size + x) * 3 + 3)];
}

test('a frame of the right size passes through unchanged, whatever the rule', async () => {
  const frame = image(8, 8, (x, y) => [x * 30, y * 30, (x * y) % 256]);
  for (const resize of ['crop', 'pad', 'squash'] as const) {
    assert.deepEqual(
      Buffer.from(await resizeFrame(frame, { imageSize: 8, resize, mean })),
      Buffer.from(frame.rgb),
    );
  }
});

test('crop keeps the middle, squash keeps everything, pad adds the mean colour', async () => {
  // Red, green and blue thirds, side by side.
  const thirds = image(48, 16, (x) => (x < 16 ? [255, 0, 0] : x < 32 ? [0, 255, 0] : [0, 0, 255]));
  const crop = await resizeFrame(thirds, { imageSize: 16, resize: 'crop', mean });
  assert.deepEqual(
    [pixel(crop, 16, 2, 8), pixel(crop, 16, 13, 8)],
    [
      [0, 255, 0],
      [0, 255, 0],
    ],
  );
  const squash = await resizeFrame(thirds, { imageSize: 48, resize: 'squash', mean });
  assert.deepEqual(
    [pixel(squash, 48, 2, 4), pixel(squash, 48, 45, 44)],
    [
      [255, 0, 0],
      [0, 0, 255],
    ],
  );
  const pad = await resizeFrame(thirds, { imageSize: 48, resize: 'pad', mean });
  assert.deepEqual(pixel(pad, 48, 24, 4), [127, 63, 191]);
  assert.deepEqual(pixel(pad, 48, 24, 24), [0, 255, 0]);
});

test('halving a picture is bicubic with the kernel widened, as PIL does it', async () => {
  // A step of 0 | 200. By hand: the weights at distances 0.25, 0.75, 1.25, 1.75 are 0.867, 0.227, -0.070, -0.023,
  // so column 3 is 200 * (0.227 - 0.070 - 0.023) / 2 = 13.3, and column 5 overshoots by 2.3.
  const step = image(16, 16, (x) => (x < 8 ? [0, 0, 0] : [200, 200, 200]));
  const half = await resizeFrame(step, { imageSize: 8, resize: 'squash', mean });
  const row = [0, 1, 2, 3, 4, 5, 6, 7].map((x) => pixel(half, 8, x, 4)[0] ?? -1);
  [0, 0, 0, 13, 187, 202, 200, 200].forEach((expected, x) => {
    assert.ok(Math.abs((row[x] ?? -1) - expected) <= 1, `column ${x} is ${row[x]}, ${expected} expected`);
  });
});

test('any frame becomes one square of bytes, also the most oblong', async () => {
  const side = fc.integer({ min: 1, max: 300 });
  const rule = fc.constantFrom('crop' as const, 'pad' as const, 'squash' as const);
  await fc.assert(
    fc.asyncProperty(side, side, rule, async (width, height, resize) => {
      const frame = image(width, height, () => [10, 20, 30]);
      const square = await resizeFrame(frame, { imageSize: 16, resize, mean });
      assert.equal(square.length, 16 * 16 * 3);
      if (resize !== 'pad') assert.deepEqual(pixel(square, 16, 0, 0), [10, 20, 30]);
    }),
    { numRuns: 60 },
  );
  const line = await resizeFrame(
    image(40_000, 1, () => [9, 9, 9]),
    { imageSize: 16, resize: 'crop', mean },
  );
  assert.deepEqual(pixel(line, 16, 15, 15), [9, 9, 9]);
});

test('pixels are normalised per channel and laid out [T, 3, H, W]', () => {
  const vision = { imageSize: 1, mean, std: [0.5, 0.25, 0.125] as [number, number, number] };
  const pixels = normalizePixels([Uint8Array.of(255, 0, 255), Uint8Array.of(0, 255, 0)], vision);
  assert.deepEqual([...pixels], [1, -1, 2, -1, 3, -6]);
  assert.throws(() => normalizePixels([new Uint8Array(2)], vision), /2 bytes, 3 expected/);
});
