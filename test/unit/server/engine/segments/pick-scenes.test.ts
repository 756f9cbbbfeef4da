import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { evenly, pickScenes, runsOf } from '#engine/segments/pick-scenes.ts';

const scores = fc.array(fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: undefined }), {
  maxLength: 60,
});
const room = fc.integer({ min: 1, max: 12 });

describe('picking scenes for a question', () => {
  test('as many as there is room for, each once, in order', () => {
    fc.assert(
      fc.property(scores, room, (list, count) => {
        const picked = pickScenes(list, count);
        assert.equal(picked.length, Math.min(count, list.length));
        assert.deepEqual(
          picked,
          [...new Set(picked)].sort((a, b) => a - b),
        );
        assert.ok(picked.every((number) => number >= 0 && number < list.length));
      }),
    );
  });

  test('the best is always among them', () => {
    fc.assert(
      fc.property(scores, room, (list, count) => {
        const known = list.flatMap((score) => score ?? []);
        if (known.length === 0) return;
        const best = Math.max(...known);
        assert.ok(pickScenes(list, count).some((number) => list[number] === best));
      }),
    );
  });

  test('a few are spread, whatever the scores', () => {
    const list = Array.from({ length: 100 }, (_, i) => -i);
    assert.deepEqual(pickScenes(list, 4), [0, 1, 2, 50]);
  });

  test('without scores they are spread', () => {
    assert.deepEqual(pickScenes(new Array<undefined>(8).fill(undefined), 4), evenly(8, 4));
    assert.deepEqual(evenly(8, 4), [1, 3, 5, 7]);
  });

  test('scenes that follow one another are runs', () => {
    const items = [
      { start: 0, end: 4 },
      { start: 4, end: 9 },
      { start: 20, end: 25 },
    ];
    assert.deepEqual(runsOf(items), [[0, 1], [2]]);
  });
});
