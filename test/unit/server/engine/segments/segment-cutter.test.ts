import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Segment, SegmentCutter } from '#engine/segments/segment-cutter.ts';

const rate = 4;
const cutting = { minSeconds: 2, maxSeconds: 20 };

/** A flat picture of this grey, with one cell of another. */
function picture(grey: number, spot = grey): Uint8Array {
  const pixels = new Uint8Array(32 * 16 * 3).fill(grey);
  pixels.fill(spot, 0, 3);
  return pixels;
}

/** The segments of a clip that has these pictures, four a second. */
function cutAll(pictures: readonly Uint8Array[], options = cutting): Segment[] {
  const cutter = new SegmentCutter(options, { end: pictures.length / rate });
  const found = pictures.flatMap((one, i) => cutter.push(one, i / rate) ?? []);
  return [...found, ...[cutter.finish()].flatMap((last) => last ?? [])];
}

const stretch = (seconds: number, grey: number): Uint8Array[] =>
  Array.from({ length: seconds * rate }, () => picture(grey));

describe('cutting a clip into segments', () => {
  test('where the picture changes', () => {
    const found = cutAll([...stretch(5, 40), ...stretch(8, 120), ...stretch(3, 200)]);
    assert.deepEqual(
      found.map(({ start, end }) => [start, end]),
      [
        [0, 5],
        [5, 13],
        [13, 16],
      ],
    );
  });

  test('a scene too short for a segment ends with one that is just long enough', () => {
    const found = cutAll([...stretch(1, 40), ...stretch(9, 120)]);
    assert.deepEqual(
      found.map(({ start, end }) => [start, end]),
      [
        [0, 2],
        [2, 10],
      ],
    );
  });

  test('a still stretch repeats its first segment', () => {
    const found = cutAll(stretch(600, 90));
    assert.equal(found.filter(({ repeats }) => !repeats).length, 1);
    assert.equal(found.length, 30);
  });

  test('one small thing that moves is no repeat', () => {
    const moving = stretch(60, 90).map((_, i) => picture(90, i % 2 === 0 ? 90 : 200));
    assert.ok(cutAll(moving).every(({ repeats }) => !repeats));
  });

  test('segments after a scene that moves do not repeat it', () => {
    const moving = Array.from({ length: 80 }, (_, i) => picture(90, (i * 50) % 250));
    const found = cutAll([...moving, ...stretch(60, 90)]);
    assert.equal(found[1]?.repeats, false);
    assert.ok(found.slice(2).every(({ repeats }) => repeats));
  });

  test('whatever is shown, segments have no gaps and lengths within the bounds', () => {
    const bounds = fc.record({
      minSeconds: fc.integer({ min: 1, max: 5 }),
      maxSeconds: fc.integer({ min: 10, max: 30 }),
    });
    const shots = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(bounds, shots, (options, list) => {
        const pictures = list.flatMap(([count, grey]) => Array.from({ length: count }, () => picture(grey)));
        const end = pictures.length / rate;
        const found = cutAll(pictures, options);
        let last = 0;
        for (const segment of found) {
          assert.equal(segment.start, last);
          last = segment.end;
          const length = segment.end - segment.start;
          assert.ok(length <= options.maxSeconds, `${length} s`);
          assert.ok(length >= Math.min(options.minSeconds, end), `${length} s`);
        }
        assert.equal(last, end);
      }),
      { numRuns: 25 },
    );
  });
});
