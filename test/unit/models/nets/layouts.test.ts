import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encoderMode } from '#contract/rest.ts';
import { chooseLayout } from '#models/nets/layouts/choose-layout.ts';
import { coveringFrames } from '#models/nets/layouts/keyframes.ts';
import type { EncodedTokens, LaidOut, TokenRows } from '#models/nets/layouts/layout.ts';
import { layouts, type LayoutName } from '#models/nets/layouts/layouts.ts';
import { gridPicture } from '#models/package/grid-picture.ts';

const width = 3;

/** Token p of frame t is [t, p, 1]; of the branch [-1, p, 1], of the plain tokens [-2, p, 1]. */
function tokensOf(frames: number, side: number, cls: 'first' | 'last' | 'none'): EncodedTokens {
  const count = side * side + (cls === 'none' ? 0 : 1);
  const rows = (name: number): number[] => Array.from({ length: count }, (_, p) => [name, p, 1]).flat();
  const flat = (name: number): TokenRows => ({ data: Float32Array.from(rows(name)), count, width });
  const all = Float32Array.from(Array.from({ length: frames }, (_, t) => rows(t)).flat());
  return { branch: flat(-1), plain: flat(-2), frames: { data: all, frames, count, width, cls } };
}

function rowsOf({ data }: LaidOut): number[][] {
  return Array.from({ length: data.length / width }, (_, row) => [
    ...data.subarray(row * width, (row + 1) * width),
  ]);
}

const timesOf = (frames: number): number[] => Array.from({ length: frames }, (_, t) => t / 2);
const arrange = (name: LayoutName, tokens: EncodedTokens): LaidOut =>
  layouts[name].arrange(tokens, timesOf(tokens.frames.frames));

const sizes = fc.record({
  frames: fc.integer({ min: 1, max: 12 }),
  side: fc.integer({ min: 1, max: 5 }),
  cls: fc.constantFrom('first' as const, 'last' as const, 'none' as const),
});

describe('layouts', () => {
  test('the wire knows each of them', () => {
    assert.deepEqual([...encoderMode.options].sort(), Object.keys(layouts).sort());
  });

  for (const name of encoderMode.options) {
    test(`${name}: its parts are its rows, finite, and it reads what it says it needs`, () => {
      fc.assert(
        fc.property(sizes, ({ frames, side, cls }) => {
          const all = tokensOf(frames, side, cls);
          const { needs } = layouts[name];
          const needed = Object.fromEntries(needs.map((kind) => [kind, all[kind]]));
          const out = layouts[name].arrange(needed, timesOf(frames));
          const { parts = [{ rows: out.count }], data, count } = out;
          const inParts = parts.reduce((sum, part) => sum + ('rows' in part ? part.rows : 0), 0);
          assert.deepEqual([inParts, data.length], [count, count * width]);
          assert.ok(count > 0 && data.every(Number.isFinite));
          assert.throws(() => layouts[name].arrange({}, timesOf(frames)), RangeError);
        }),
      );
    });
  }

  test('those with the branch, without it, and as a grid are the encoder’s tokens as they are', () => {
    const tokens = tokensOf(6, 2, 'first');
    assert.deepEqual(arrange('stan', tokens), tokens.branch);
    assert.deepEqual(arrange('plain', tokens), tokens.plain);
    assert.deepEqual(rowsOf(arrange('grid', tokens)), rowsOf(tokens.plain));
    assert.equal(layouts.grid.asGrid, true);
  });

  test('timeline: the branch, then the mean of each frame behind its time', () => {
    const out = arrange('timeline', tokensOf(2, 1, 'first'));
    assert.deepEqual(rowsOf(out), [
      [-1, 0, 1],
      [-1, 1, 1],
      [0, 0.5, 1],
      [1, 0.5, 1],
    ]);
    assert.deepEqual(out.parts, [
      { rows: 2 },
      { text: ' 0.0s:' },
      { rows: 1 },
      { text: ' 0.5s:' },
      { rows: 1 },
    ]);
    assert.throws(() => layouts.timeline.arrange(tokensOf(2, 1, 'first'), [0]), /1 times of 2 frames/);
  });

  test('frames: every token of every frame, in order', () => {
    const out = arrange('frames', tokensOf(2, 1, 'last'));
    assert.deepEqual(rowsOf(out), [
      [0, 0, 1],
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 1],
    ]);
  });

  test('slowfast: every fourth frame pooled two by two, then a mean of each', () => {
    const out = arrange('slowfast', tokensOf(4, 2, 'first'));
    // patches 1 to 4 of frame 2, then the means of tokens 0 to 4
    assert.deepEqual(rowsOf(out), [[2, 2.5, 1], ...[0, 1, 2, 3].map((t) => [t, 2, 1])]);
    // nine patches: 2 x 2, a column, a row and a corner
    const [first, second, third, fourth] = rowsOf(arrange('slowfast', tokensOf(1, 3, 'none')));
    assert.deepEqual(
      [first, second, third, fourth],
      [
        [0, 2, 1],
        [0, 3.5, 1],
        [0, 6.5, 1],
        [0, 8, 1],
      ],
    );
  });

  test('keyframes: at most 256 rows of at most six frames, patches only', () => {
    const out = arrange('keyframes', tokensOf(12, 20, 'first'));
    assert.equal(out.count, 6 * Math.floor(256 / 6));
    assert.ok(rowsOf(out).every(([, p]) => p !== 0));
    assert.equal(new Set(rowsOf(out).map(([t]) => t)).size, 6);
  });

  test('covering frames: one of each scene, however long the scenes are', () => {
    const scene = [...new Array<number>(9).fill(0), 5, 5, 9];
    const rows = scene.map((value) => ({ data: Float32Array.of(value, 1), count: 1, width: 2 }));
    const chosen = coveringFrames(rows, 3).map((index) => scene[index]);
    assert.ok(chosen.includes(0) && chosen.includes(9), String(chosen));
  });

  test('auto: with the branch always; the timeline for a long clip where it fits', () => {
    const facts = { duration: 2, frames: 6, tokensPerFrame: 26, maxTokens: 104 };
    assert.equal(chooseLayout(facts), 'stan');
    assert.equal(chooseLayout({ ...facts, duration: 60 }), 'timeline');
    assert.equal(chooseLayout({ ...facts, duration: 60, maxTokens: 50 }), 'stan');
  });
});

describe('a grid of frames', () => {
  const frame = (value: number) => ({ width: 2, height: 1, rgb: new Uint8Array(6).fill(value) });

  test('six are two rows of three; cells left over are black', () => {
    const six = gridPicture([1, 2, 3, 4, 5, 6].map(frame));
    assert.deepEqual([six.width, six.height], [6, 2]);
    assert.deepEqual(
      [...six.rgb].filter((_, i) => i % 6 === 0),
      [1, 2, 3, 4, 5, 6],
    );
    const three = gridPicture([1, 2, 3].map(frame));
    assert.deepEqual(
      [...three.rgb].filter((_, i) => i % 6 === 0),
      [1, 2, 3, 0],
    );
  });

  test('frames of two sizes, or none, make no grid', () => {
    assert.throws(() => gridPicture([]), RangeError);
    assert.throws(() => gridPicture([frame(1), { width: 1, height: 1, rgb: new Uint8Array(3) }]), RangeError);
  });
});
