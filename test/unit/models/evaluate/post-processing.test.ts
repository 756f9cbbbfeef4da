import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dualSoftmax, querybankNorm } from '#models/evaluate/post-processing.ts';
import { type Similarities, textRanks, videoRanks } from '#models/evaluate/retrieval-metrics.ts';

function table(...rows: number[][]): Similarities {
  return { data: Float64Array.from(rows.flat()), texts: rows.length, videos: rows[0]?.length ?? 0 };
}

function near(found: Similarities, ...expected: number[][]): void {
  const wanted = expected.flat();
  assert.equal(found.data.length, wanted.length);
  found.data.forEach((value, index) => {
    assert.ok(Math.abs(value - wanted[index]!) < 1e-9, `${index}: ${value}, ${wanted[index]} expected`);
  });
}

/** Video 1 is a hub: both texts like it best. */
const hub = table([0.5, 0.6], [0.1, 0.9]);
const matches = [[0], [1]];

test('the dual softmax by hand: each similarity times its share of its column, or of its row', () => {
  const share = (own: number, other: number): number => 1 / (1 + Math.exp(other - own));
  near(
    dualSoftmax(hub, 'text-to-video', 1),
    [0.5 * share(0.5, 0.1), 0.6 * share(0.6, 0.9)],
    [0.1 * share(0.1, 0.5), 0.9 * share(0.9, 0.6)],
  );
  near(
    dualSoftmax(hub, 'video-to-text', 1),
    [0.5 * share(0.5, 0.6), 0.6 * share(0.6, 0.5)],
    [0.1 * share(0.1, 0.9), 0.9 * share(0.9, 0.1)],
  );
});

test('both take a hub away from the text that is not its own', () => {
  assert.deepEqual(videoRanks(hub, matches), [2, 1]);
  assert.deepEqual(videoRanks(dualSoftmax(hub, 'text-to-video', 0.1), matches), [1, 1]);
  const bank = table([0.2, 0.9], [0.1, 0.8]);
  assert.deepEqual(videoRanks(querybankNorm(hub, bank), matches), [1, 1]);
});

test('QB-Norm by hand: texts whose best video is no hub of the bank keep their similarities', () => {
  const similarities = table([0.5, 0.6], [0.9, 0.1]);
  const bank = table([0.2, 0.4], [0.1, 0.3]);
  const beta = 2;
  const sums = [Math.exp(0.4) + Math.exp(0.2), Math.exp(0.8) + Math.exp(0.6)];
  near(
    querybankNorm(similarities, bank, beta),
    [Math.log(Math.exp(1) / sums[0]!), Math.log(Math.exp(1.2) / sums[1]!)],
    [0.9, 0.1],
  );
  assert.throws(() => querybankNorm(similarities, table([1])), /1 videos of 2/);
});

const scores = (texts: number, videos: number) =>
  fc
    .array(fc.integer({ min: 1, max: 100 }), { minLength: texts * videos, maxLength: texts * videos })
    .map((list): Similarities => ({ data: Float64Array.from(list, (each) => each / 100), texts, videos }));

test('an even bank, and a warm softmax, change no rank', () => {
  fc.assert(
    fc.property(scores(4, 4), (similarities) => {
      const own = [[0], [1], [2], [3]];
      const even = table([0.3, 0.3, 0.3, 0.3]);
      assert.deepEqual(videoRanks(querybankNorm(similarities, even), own), videoRanks(similarities, own));
      const warm = dualSoftmax(similarities, 'text-to-video', 1e12);
      warm.data.forEach((value, index) => {
        assert.ok(Math.abs(value * 4 - similarities.data[index]!) < 1e-6);
      });
    }),
  );
});

test('no temperature makes a number overflow', () => {
  fc.assert(
    fc.property(scores(5, 5), fc.double({ min: 1e-6, max: 1, noNaN: true }), (similarities, temperature) => {
      const own = [[0], [1], [2], [3], [4]];
      const found = dualSoftmax(similarities, 'video-to-text', temperature);
      assert.ok(textRanks(found, own).every((rank) => rank >= 1 && rank <= 5));
      assert.ok(found.data.every((value) => value >= 0 && value <= 1));
      const normal = querybankNorm(similarities, similarities, 1 / temperature);
      assert.ok(normal.data.every(Number.isFinite));
    }),
  );
});
