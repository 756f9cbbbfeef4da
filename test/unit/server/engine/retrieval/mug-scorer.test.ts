import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import { toBigInt64, toFloat32 } from '#models/formats/tensor-data.ts';
import type { Matching } from '#models/package/manifest.ts';
import { randomFrom } from '#models/world/random.ts';
import { type MugConfig, paperMug } from '#models/nets/mug.ts';
import { dot, type Embeddings, rowOf, textDirection, videoDirection } from '#engine/retrieval/embeddings.ts';
import { MugScorer } from '#engine/retrieval/mug-scorer.ts';
import { createScorer } from '#engine/retrieval/create-scorer.ts';
import { golden } from '#test/helpers/goldens.ts';

const width = 6;
const scorers = new Map<string, Promise<MugScorer>>();
after(async () => {
  for (const scorer of scorers.values()) await (await scorer).dispose();
});

function scorerFor(config: MugConfig): Promise<MugScorer> {
  const key = JSON.stringify(config);
  const scorer = scorers.get(key) ?? MugScorer.create(width, config, { threads: 1 });
  scorers.set(key, scorer);
  return scorer;
}

const selections = [{ kind: 'softmax' }, { kind: 'topk', k: 2 }] as const;
const configs: MugConfig[] = (['full', 'simple'] as const).flatMap((form) =>
  selections.map((select) => ({ form, select, tau: 10 })),
);

/** Drawn from a seed: what shrinks to zeros and equal rows would test ties and not Mug. */
const rows: fc.Arbitrary<Embeddings> = fc
  .record({ seed: fc.integer(), count: fc.integer({ min: 1, max: 5 }) })
  .map(({ seed, count }) => {
    const random = randomFrom(`rows/${seed}`);
    return { data: Float32Array.from({ length: count * width }, () => random.uniform(-1, 1)), count, width };
  });
const some = fc.array(rows, { minLength: 1, maxLength: 4 });
const anyCase = fc.record({ config: fc.constantFrom(...configs), texts: some, videos: some });

function assertNear(actual: number | undefined, expected: number | undefined, within = 1e-5): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - (expected ?? 0)) <= within, `${actual} is not ${expected}`);
}

function assertAllNear(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of actual.entries()) assertNear(value, expected[index]);
}

function reversed(rows: Embeddings): Embeddings {
  const order = Array.from({ length: rows.count }, (_, index) => rows.count - 1 - index);
  return { ...rows, data: Float32Array.from(order.flatMap((index) => [...rowOf(rows, index)])) };
}

test('weights are one for each frame and token, none negative, and sum to 1', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ config, texts, videos }) => {
      const scorer = await scorerFor(config);
      const { similarity, frameWeights, wordWeights } = await scorer.score(texts, videos);
      for (const [a, text] of texts.entries()) {
        for (const [b, video] of videos.entries()) {
          const pair = a * videos.length + b;
          const [w, w2] = [frameWeights[pair]!, wordWeights[pair]!];
          assert.equal(w.length, video.count);
          assert.equal(w2.length, text.count);
          for (const weights of [w, w2]) {
            assert.ok(weights.every((weight) => weight >= 0));
            assertNear(
              weights.reduce((sum, weight) => sum + weight, 0),
              1,
            );
          }
          assert.ok(Math.abs(similarity[pair]!) <= 1 + 1e-5);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('who else is scored changes nothing: neither padding, nor frames of other lengths, nor the order', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ config, texts, videos }) => {
      const scorer = await scorerFor(config);
      const together = await scorer.score(texts, videos);
      const turned = await scorer.similarities(texts.toReversed(), videos.toReversed());
      for (const [a, text] of texts.entries()) {
        for (const [b, video] of videos.entries()) {
          const pair = a * videos.length + b;
          const alone = await scorer.score([text], [video]);
          assertNear(together.similarity[pair], alone.similarity[0]);
          assertNear(turned[turned.length - 1 - pair], alone.similarity[0]);
          for (const list of ['frameWeights', 'wordWeights'] as const) {
            assertAllNear(together[list][pair]!, alone[list][0]!);
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('Mug does not know the order of frames; their weights go with them', async () => {
  const scorer = await scorerFor({ ...paperMug, tau: 10 });
  await fc.assert(
    fc.asyncProperty(rows, rows, async (text, video) => {
      const [forth, back] = [
        await scorer.score([text], [video]),
        await scorer.score([text], [reversed(video)]),
      ];
      assertNear(forth.similarity[0], back.similarity[0]);
      assertAllNear(forth.frameWeights[0]!.toReversed(), back.frameWeights[0]!);
    }),
    { numRuns: 30 },
  );
});

test('more pairs than fit into memory at once are scored part by part', async () => {
  const scorer = await scorerFor({ ...paperMug, tau: 10 });
  const make = (name: string, count: number, length: number): Embeddings[] => {
    const random = randomFrom(name);
    return Array.from({ length: count }, (_, index) => {
      const own = 1 + (index % length);
      return {
        data: Float32Array.from({ length: own * width }, () => random.uniform(-1, 1)),
        count: own,
        width,
      };
    });
  };
  const [texts, videos] = [make('texts', 150, 20), make('videos', 1300, 3)];
  const all = await scorer.similarities(texts, videos);
  for (const [a, b] of [
    [0, 0],
    [63, 1299],
    [64, 0],
    [149, 700],
    [149, 1299],
  ] as const) {
    const [alone] = await scorer.similarities([texts[a]!], [videos[b]!]);
    assertNear(all[a * videos.length + b], alone);
  }
  assert.ok(all.every(Number.isFinite));
});

test('nothing to score gives nothing; rows of another width are refused', async () => {
  const scorer = await scorerFor({ ...paperMug, tau: 10 });
  const text = { data: new Float32Array(width).fill(1), count: 1, width };
  assert.equal((await scorer.similarities([], [])).length, 0);
  assert.equal((await scorer.similarities([text], [])).length, 0);
  assert.equal((await scorer.similarities([], [text])).length, 0);
  for (const wrong of [
    { ...text, width: 3 },
    { ...text, count: 2 },
    { ...text, count: 0 },
  ]) {
    await assert.rejects(scorer.similarities([text], [wrong]), RangeError);
    await assert.rejects(scorer.similarities([wrong], [text]), RangeError);
  }
});

const mugStan = golden('mug-stan-tiny');

describe('the scores of the method authors’ code', mugStan, () => {
  const cases = {
    mug_frame_token_simple: { config: { ...paperMug, form: 'simple' }, whole: false },
    mug_frame_text: { config: paperMug, whole: true },
    // their full form lets padding into w'; ours agrees with it where a text has none
    mug_frame_token: { config: paperMug, whole: false },
  } as const;
  for (const [name, { config, whole }] of Object.entries(cases)) {
    test(name, async () => {
      const { texts, padded, videos, scores, joint } = await goldenCase(name);
      const scorer = await MugScorer.create(joint, config, { threads: 1 });
      const guides = whole ? texts.map(endToken) : texts;
      const found = await scorer.similarities(guides, videos);
      await scorer.dispose();
      let compared = 0;
      found.forEach((similarity, pair) => {
        if (name === 'mug_frame_token' && padded[Math.floor(pair / videos.length)]) return;
        assertNear(similarity, scores[pair], 1e-4);
        compared++;
      });
      assert.ok(compared > 0);
    });
  }
});

/** A text as its one embedding: the paper's frame-text mode. */
function endToken(text: Embeddings): Embeddings {
  return { data: textDirection(text), count: 1, width: text.width };
}

async function goldenCase(name: string) {
  const file = await openSafetensors(join(mugStan.path, 'expected.safetensors'));
  try {
    const floats = async (tensor: string) => toFloat32(await file.read(tensor));
    const [count = 0, length = 0, joint = 0] = file.info('text_token_embeds').shape;
    const [clips = 0, frames = 0] = file.info('frame_embeds').shape;
    const mask = toBigInt64(await file.read('text_mask'));
    const tokens = await floats('text_token_embeds');
    const pictures = await floats('frame_embeds');
    const texts = Array.from({ length: count }, (_, text): Embeddings => {
      const own = mask.subarray(text * length, (text + 1) * length).filter((bit) => bit === 1n).length;
      const start = text * length * joint;
      return { data: tokens.slice(start, start + own * joint), count: own, width: joint };
    });
    const videos = Array.from({ length: clips }, (_, clip): Embeddings => {
      const size = frames * joint;
      return { data: pictures.slice(clip * size, (clip + 1) * size), count: frames, width: joint };
    });
    const padded = texts.map((text) => text.count < length);
    return { texts, padded, videos, joint, scores: await floats(`mug.${name}`) };
  } finally {
    await file.close();
  }
}

test("a package says how its texts and clips are compared: Mug's forms, or their means", async () => {
  const [text, clip] = [embeddings(3, 1), embeddings(4, 2)];
  const scoreBy = async (matching?: Matching) => {
    const scorer = await createScorer({ width, logitScale: 10, matching }, { threads: 1 });
    try {
      return await scorer.score([text], [clip]);
    } finally {
      await scorer.dispose();
    }
  };
  const direct = dot(textDirection(text), videoDirection(clip));
  const { similarity, frameWeights, wordWeights } = await scoreBy({ form: 'mean' });
  assertNear(similarity[0], direct);
  assert.deepEqual(frameWeights, [Float32Array.of(0.25, 0.25, 0.25, 0.25)]);
  assert.deepEqual(wordWeights, [Float32Array.of(0, 0, 1)]);
  const forms = [undefined, { form: 'full' }, { form: 'simple' }, { form: 'top-k', k: 2 }] as const;
  const [unsaid, full, simple, best] = await Promise.all(
    forms.map(async (matching) => (await scoreBy(matching)).similarity[0]),
  );
  assert.equal(unsaid, full);
  assert.equal(new Set([full, simple, best, similarity[0]]).size, 4);
});

function embeddings(count: number, seed: number): Embeddings {
  const random = randomFrom(`means/${seed}`);
  return { data: Float32Array.from({ length: count * width }, () => random.uniform(-1, 1)), count, width };
}
