import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { intersectionOverUnion, isFound, pointsAt } from '#models/evaluate/spans.ts';
import { captionFor } from '#models/world/captions.ts';
import { drawFilm, stretchesOf } from '#models/world/film.ts';
import { randomFrom } from '#models/world/random.ts';

const span = fc
  .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 50 }))
  .map(([start, length]) => ({ start, end: start + length }));

describe('stretches of time', () => {
  test('overlap from 0 to 1, the same both ways, 1 only for the same', () => {
    fc.assert(
      fc.property(span, span, (a, b) => {
        const share = intersectionOverUnion(a, b);
        assert.ok(share >= 0 && share <= 1);
        assert.equal(share, intersectionOverUnion(b, a));
        assert.equal(share === 1, a.start === b.start && a.end === b.end);
      }),
    );
  });

  test('one is found by a half of overlap, and pointed at by its middle', () => {
    const truth = [{ start: 10, end: 20 }];
    assert.ok(isFound([{ start: 12, end: 20 }], truth));
    assert.ok(!isFound([{ start: 16, end: 26 }], truth));
    assert.ok(pointsAt({ start: 18, end: 21 }, truth));
    assert.ok(!pointsAt({ start: 18, end: 30 }, truth));
    assert.ok(!pointsAt(undefined, truth));
  });
});

describe('films of the demo world', () => {
  test('have no gaps, reach their length, and every caption is true somewhere', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 10, max: 600 }), (seed, seconds) => {
        const film = drawFilm(randomFrom(seed), seconds);
        for (const [i, { start }] of film.entries()) assert.equal(start, film[i - 1]?.end ?? 0);
        assert.ok((film.at(-1)?.end ?? 0) >= seconds);
        for (const { scene, start, end } of film) {
          const stretches = stretchesOf(film, captionFor(scene));
          assert.ok(stretches.some((one) => one.start <= start && end <= one.end));
        }
      }),
      { numRuns: 30 },
    );
  });
});
