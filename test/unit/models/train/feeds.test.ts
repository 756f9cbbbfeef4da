import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { reverseClip, trainingClip } from '#models/train/clip-set.ts';
import { initialValue } from '#models/train/initialise.ts';
import { choosePatches } from '#models/train/patches.ts';
import { PictureStore } from '#models/train/picture-store.ts';
import { scheduledRate } from '#models/train/run-stage.ts';
import { captionFeeds, sharedTargets, truthTargets } from '#models/train/texts.ts';
import { randomFrom } from '#models/world/random.ts';
import { drawClip } from '#models/world/scenes/draw-scene.ts';
import type { EventKind } from '#models/world/scenes/events.ts';
import { isHeldOut } from '#models/world/scenes/held-out.ts';
import { storyOf } from '#models/world/scenes/truth.ts';

const tokenizer = new WordTokenizer([' ball', ' red']);
const { bos, eos, pad } = tokenizer;
const [a] = tokenizer.encode('a');
const [ball] = tokenizer.encode(' ball');

describe('captions as feeds', () => {
  test('by hand: begin, words, end, padding; where each ends; what is a word', () => {
    const feeds = captionFeeds(['a ball', 'a'], tokenizer, 5, 'p.');
    assert.deepEqual(Object.keys(feeds), ['p.ids', 'p.ends', 'p.mask']);
    const ids = [bos, a!, ball!, eos, pad, bos, a!, eos, pad, pad];
    assert.deepEqual(feeds['p.ids'], { data: BigInt64Array.from(ids, BigInt), shape: [2, 5] });
    assert.deepEqual(feeds['p.ends'], { data: BigInt64Array.of(3n, 7n), shape: [2] });
    const mask = [1, 1, 1, 1, 0, 1, 1, 1, 0, 0];
    assert.deepEqual(feeds['p.mask'], { data: Float32Array.from(mask), shape: [2, 5] });
  });

  test('a caption too long for the text tower is an error, not cut', () => {
    assert.throws(() => captionFeeds(['a ball ball ball'], tokenizer, 5), /needs 6 of 5 places/);
  });
});

test('captions that mean the same share the target: rows sum to 1, and it is symmetric', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: 1, maxLength: 7 }), (meanings) => {
      const n = meanings.length;
      const { data, shape } = sharedTargets(meanings, 'named')['named']!;
      assert.deepEqual(shape, [n, n]);
      const i = (row: number, column: number) => Number(data[row * n + column]);
      meanings.forEach((meaning, row) => {
        const cells = meanings.map((_, column) => i(row, column));
        assert.ok(Math.abs(cells.reduce((sum, cell) => sum + cell) - 1) < 1e-6);
        cells.forEach((cell, column) => {
          assert.equal(cell > 0, meanings[column] === meaning);
          assert.equal(cell, i(column, row));
        });
      });
    }),
  );
});

test('pictures are gathered in the order asked for, as often as asked for', () => {
  const store = new PictureStore(
    Uint8Array.from({ length: 3 * 12 }, (_, index) => index),
    2,
  );
  assert.equal(store.length, 3);
  const picture = (index: number) => Array.from({ length: 12 }, (_, cell) => index * 12 + cell);
  assert.deepEqual([...store.gather([2, 0, 2])], [...picture(2), ...picture(0), ...picture(2)]);
});

describe('first values', () => {
  test('what the method sets is set: norms at one, biases and the branch’s way out at zero', () => {
    const all = (name: string, value: number) =>
      assert.deepEqual(initialValue(name, [2, 3], 1), new Float32Array(6).fill(value), name);
    for (const name of ['a.layer_norm1.weight', 'a.pre_layrnorm.weight', 'blk.0.attn_norm.weight'])
      all(name, 1);
    for (const name of ['a.fc1.bias', 'stan.temporal.0.temporal_fc.weight']) all(name, 0);
  });

  test('matrices keep the length of what they map; the same seed and name give the same draw', () => {
    const drawn = initialValue('a.fc1.weight', [200, 100], 1);
    const variance = drawn.reduce((sum, value) => sum + value * value) / drawn.length;
    assert.ok(Math.abs(variance * 100 - 1) < 0.05, `${variance}`);
    assert.deepEqual(initialValue('a.fc1.weight', [200, 100], 1), drawn);
    assert.notDeepEqual(initialValue('a.fc1.weight', [200, 100], 2), drawn);
    assert.notDeepEqual(initialValue('a.fc2.weight', [200, 100], 1), drawn);
  });
});

test('the rate never passes its peak, rises to it, then only falls', () => {
  const shape = fc.record({
    steps: fc.integer({ min: 2, max: 300 }),
    warmup: fc.nat(40),
    peakRate: fc.double({ min: 1e-6, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(shape, ({ warmup, ...others }) => {
      const settings = { ...others, warmup: Math.min(warmup, others.steps - 1) };
      const rates = Array.from({ length: settings.steps }, (_, step) => scheduledRate(step, settings));
      rates.forEach((rate, step) => {
        assert.ok(rate >= 0 && rate <= settings.peakRate * (1 + 1e-12));
        const before = rates[step - 1];
        if (before === undefined) return;
        if (step < settings.warmup) assert.ok(rate > before);
        if (step > settings.warmup) assert.ok(rate < before);
      });
    }),
  );
});

test('a clip backwards does the opposite in the opposite order; what looks the same has no other side', () => {
  const random = randomFrom('backwards');
  const cases: [readonly EventKind[], readonly EventKind[] | undefined][] = [
    [
      ['left', 'grow'],
      ['shrink', 'right'],
    ],
    [['appear'], ['vanish']],
    [['turn'], undefined],
    [[], undefined],
  ];
  for (const [story, expected] of cases) {
    const turned = reverseClip(drawClip(random, { story, subject: story.length > 1 ? 'story' : 'one' }, 0));
    assert.deepEqual(turned?.scene.things.map(storyOf)[0], expected);
  }
});

test('training clips show no held-out pair of thing and event, and are the same each time', () => {
  for (let index = 0; index < 120; index++) {
    const { scene } = trainingClip(3, index);
    for (const { thing, events } of scene.things) {
      for (const { kind } of events) assert.ok(!isHeldOut(thing.id, kind), `${thing.id} ${kind}`);
      assert.ok(thing.known || thing.split === 'train');
    }
  }
  assert.deepEqual(trainingClip(3, 7).scene.things, trainingClip(3, 7).scene.things);
});

test('a row of targets is shared by all that is true of it, and empty where nothing is', () => {
  const { data } = truthTargets(3, 2, (row, column) => row === 0 || row === column + 1)['targets']!;
  assert.deepEqual([...(data as Float32Array)], [0.5, 0.5, 1, 0, 0, 1]);
});

describe('patches chosen', () => {
  // 2 x 2 patches of 2 x 2 pixels; one of them is white on black
  const picture = new Uint8Array(48);
  for (const pixel of [2, 3, 6, 7]) picture.fill(255, pixel * 3, pixel * 3 + 3);
  const choice = { side: 4, patchSize: 2, kept: 1, any: 0 };

  test('the one that stands out, channel by channel, and its row among the positions', () => {
    const { patches, places: indices } = choosePatches([picture], choice, randomFrom(1));
    assert.deepEqual([...indices], [2n]);
    assert.deepEqual([...patches], new Array(12).fill(255));
  });

  test('each patch once where all are kept', () => {
    const { places: indices } = choosePatches([picture], { ...choice, kept: 4, any: 2 }, randomFrom(1));
    assert.deepEqual([...indices].sort(), [1n, 2n, 3n, 4n]);
  });
});
