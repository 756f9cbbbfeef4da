import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Matches,
  rankMetrics,
  type Similarities,
  textRanks,
  videoRanks,
} from '#models/evaluate/retrieval-metrics.ts';

function table(...rows: number[][]): Similarities {
  return { data: Float64Array.from(rows.flat()), texts: rows.length, videos: rows[0]?.length ?? 0 };
}

const oneEach = (count: number): Matches => Array.from({ length: count }, (_, index) => [index]);

test('three texts and three videos by hand', () => {
  const similarities = table([0.9, 0.1, 0.2], [0.8, 0.7, 0.1], [0.3, 0.4, 0.2]);
  assert.deepEqual(videoRanks(similarities, oneEach(3)), [1, 2, 3]);
  assert.deepEqual(textRanks(similarities, oneEach(3)), [1, 1, 2]);
  const { recall, medianRank, meanRank } = rankMetrics([1, 2, 3, 20]);
  assert.deepEqual([recall[1].share, recall[5].share, recall[10].share], [0.25, 0.75, 0.75]);
  assert.deepEqual([medianRank, meanRank], [2.5, 6.5]);
  assert.equal(rankMetrics([9, 1, 4]).medianRank, 4);
});

test('of several captions each asks for itself, and a video is found by its best', () => {
  // texts 0 and 1 tell of video 0, text 2 of video 1
  const similarities = table([0.9, 0.1], [0.2, 0.3], [0.5, 0.4]);
  const matches = [[0], [0], [1]];
  assert.deepEqual(videoRanks(similarities, matches), [1, 2, 2]);
  assert.deepEqual(textRanks(similarities, matches), [1, 1]);
});

test('a caption of several videos is right with any of them', () => {
  const similarities = table([0.1, 0.2, 0.9], [0.3, 0.4, 0.8]);
  assert.deepEqual(videoRanks(similarities, [[0, 2], [1]]), [1, 2]);
  assert.deepEqual(textRanks(similarities, [[0, 2], [1]]), [2, 1, 1]);
});

test('who gives every pair the same number finds nothing', () => {
  const same = table([1, 1, 1], [1, 1, 1], [1, 1, 1]);
  assert.deepEqual(videoRanks(same, oneEach(3)), [3, 3, 3]);
  assert.deepEqual(textRanks(same, oneEach(3)), [3, 3, 3]);
});

test('a text of no video stands in the way of those that are right', () => {
  assert.deepEqual(textRanks(table([0.5, 0.9], [0.7, 0.1]), [[0, 1], []]), [2, 1]);
});

test('what is no number, or matches nothing, is refused', () => {
  assert.throws(() => videoRanks(table([NaN]), [[0]]), RangeError);
  assert.throws(() => textRanks(table([1, 2]), [[0]]), /a video has no text/);
  assert.throws(() => videoRanks(table([1], [2]), [[0], []]), /a text has no video/);
  assert.throws(() => textRanks(table([1, 2]), [[0, 2]]), /matches none of the 2/);
  assert.throws(() => textRanks(table([1, 2]), [[0], [1]]), RangeError);
});

const square = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: size, maxLength: size }), {
    minLength: size,
    maxLength: size,
  }),
);

test('ranks are what sorting gives, with the right one after all that tie with it', () => {
  fc.assert(
    fc.property(square, (rows) => {
      const size = rows.length;
      const sorted = rows.map((row, text) => {
        const order = row.map((score, video) => ({ score, wrong: video !== text }));
        order.sort((a, b) => b.score - a.score || Number(b.wrong) - Number(a.wrong));
        return 1 + order.findIndex(({ wrong }) => !wrong);
      });
      assert.deepEqual(videoRanks(table(...rows), oneEach(size)), sorted);
    }),
  );
});

test('ranks depend on the order of scores alone, and turn with the table', () => {
  fc.assert(
    fc.property(square, (rows) => {
      const matches = oneEach(rows.length);
      const ranks = videoRanks(table(...rows), matches);
      const stretched = rows.map((row) => row.map((value) => Math.exp(value / 3) + 2));
      assert.deepEqual(videoRanks(table(...stretched), matches), ranks);
      const turned = rows.map((_, row) => rows.map((other) => other[row]!));
      assert.deepEqual(textRanks(table(...turned), matches), ranks);
      const { recall, medianRank, meanRank } = rankMetrics(ranks);
      assert(recall[1].right <= recall[5].right && recall[5].right <= recall[10].right);
      assert(medianRank >= 1 && medianRank <= rows.length && meanRank >= 1 && meanRank <= rows.length);
    }),
  );
});
