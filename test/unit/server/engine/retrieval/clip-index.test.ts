import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '#models/world/random.ts';
import { ClipIndex } from '#engine/retrieval/clip-index.ts';

const width = 3;
const tau = 10;
const opened: ClipIndex[] = [];
after(() => Promise.all(opened.map((index) => index.dispose())));

async function emptyIndex(): Promise<ClipIndex> {
  const index = await ClipIndex.create(width, tau);
  opened.push(index);
  return index;
}

function direction(seed: number): Float32Array {
  const random = randomFrom(`direction/${seed}`);
  const vector = Float32Array.from({ length: width }, () => random.uniform(-1, 1));
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Mug in its video-token mode, as docs/method.md says it. */
function guided(tokens: readonly Float32Array[], video: Float32Array): number {
  const r = tokens.map((token) => dot(token, video));
  const exps = r.map((one) => Math.exp(tau * one));
  const total = exps.reduce((sum, one) => sum + one, 0);
  return r.reduce((sum, one, position) => sum + (one * exps[position]!) / total, 0);
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test('after any coming and going: the nearest there are, in order', async () => {
  const change = fc.record({
    id: fc.integer({ min: 0, max: 9 }).map((id) => `clip ${id}`),
    // none: the clip goes
    seed: fc.option(fc.nat(1000)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 40 }), fc.nat(12), async (changes, count) => {
      const index = await emptyIndex();
      const model = new Map<string, Float32Array>();
      for (const { id, seed } of changes) {
        if (seed === null) {
          index.delete(id);
          model.delete(id);
        } else {
          index.set(id, direction(seed));
          model.set(id, direction(seed));
        }
      }
      assert.equal(index.size, model.size);
      const tokens = [direction(-1), direction(-2)];
      const query = {
        data: Float32Array.from(tokens.flatMap((token) => [...token.map((x) => 3 * x)])),
        count: 2,
        width,
      };
      const found = await index.nearest(query, count);
      assert.equal(found.length, Math.min(count, model.size));
      const expected = [...model.values()].map((own) => guided(tokens, own)).sort((a, b) => b - a);
      for (const [rank, { videoId, similarity }] of found.entries()) {
        assert.ok(Math.abs(similarity - guided(tokens, model.get(videoId)!)) < 1e-5);
        assert.ok(Math.abs(similarity - expected[rank]!) < 1e-5);
      }
      assert.equal(new Set(found.map(({ videoId }) => videoId)).size, found.length);
    }),
    { numRuns: 50 },
  );
});

test('it grows with the library', async () => {
  const index = await emptyIndex();
  for (let clip = 0; clip < 1000; clip++) index.set(`${clip}`, direction(clip));
  const [nearest] = await index.nearest({ data: direction(777), count: 1, width }, 1);
  assert.equal(nearest?.videoId, '777');
  assert.ok(index.has('999') && !index.has('1000'));
  assert.throws(() => index.set('x', new Float32Array(2)), RangeError);
});
