import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { loadPackage } from '#models/package/load.ts';
import { normalizePixels, resizeFrame } from '#models/package/preprocess.ts';
import { captionFor } from '#models/world/captions.ts';
import { drawClip, splitRandom } from '#models/world/dataset.ts';
import { renderShots } from '#models/world/render.ts';
import { reverseClip, type Scene } from '#models/world/scene.ts';
import { FrameEncoder } from '#engine/retrieval/frame-encoder.ts';
import { MugScorer } from '#engine/retrieval/mug-scorer.ts';
import { TextEncoder } from '#engine/retrieval/text-encoder.ts';
import type { PixelTensor } from '#engine/types.ts';
import { AppError } from '#errors';
import { smallPackage } from '#test/helpers/small-package.ts';

const folder = smallPackage;

describe('the demo package as a search engine', async () => {
  const demo = await loadPackage(folder);
  const [texts, frames] = [
    await TextEncoder.load(demo, { threads: 1 }),
    await FrameEncoder.load(demo, { threads: 1 }),
  ];
  const { width, context, logitScale } = demo.manifest.retrieval!;
  const scorer = await MugScorer.create(width);
  after(() => Promise.all([texts, frames, scorer].map((part) => part.dispose())));

  async function pixelsOf(scene: Scene): Promise<PixelTensor> {
    const count = frames.vision.frames;
    const side = 120;
    const shots = Array.from({ length: count }, (_, frame) => ({ scene, time: (frame + 0.5) / count }));
    const pictures = await renderShots(shots, side);
    const squares = await Promise.all(
      pictures.map((rgb) => resizeFrame({ width: side, height: side, rgb }, frames.vision)),
    );
    const { imageSize } = frames.vision;
    return { data: normalizePixels(squares, frames.vision), shape: [count, 3, imageSize, imageSize] };
  }

  test('a moving clip is nearer to its caption than to what it would be backwards', async () => {
    const scenes = Array.from({ length: 60 }, (_, clip) => drawClip(splitRandom('test', clip))).filter(
      ({ motion }) => motion !== 'still',
    );
    const right = { stan: 0, plain: 0 };
    for (const scene of scenes) {
      const pixels = await pixelsOf(scene);
      const captions = await texts.encode([captionFor(scene), captionFor(reverseClip(scene))]);
      for (const mode of ['stan', 'plain'] as const) {
        const clip = await frames.encode(pixels, { mode });
        assert.deepEqual([clip.count, clip.width], [frames.vision.frames, width]);
        const [own, backwards] = await scorer.similarities(captions, [clip]);
        if (own! > backwards!) right[mode]++;
      }
    }
    // the tower alone cannot know which way: whatever it says, it says of both orders
    assert.ok(right.stan / scenes.length > 0.9, `${right.stan} of ${scenes.length}`);
    assert.ok(right.plain / scenes.length < 0.75, `${right.plain} of ${scenes.length} without the branch`);
  });

  test('the branch looks at the object: attention over patches sums to 1 in every frame', async () => {
    const { data, count, side } = await frames.attend(await pixelsOf(drawClip(splitRandom('test', 3))));
    assert.deepEqual(
      [count, side],
      [frames.vision.frames, frames.vision.imageSize / frames.vision.patchSize],
    );
    for (let frame = 0; frame < count; frame++) {
      const row = data.subarray(frame * side * side, (frame + 1) * side * side);
      assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-4);
    }
  });

  test('a text among others is the same as alone, and one too long is cut', async () => {
    const captions = Array.from({ length: 70 }, (_, clip) => captionFor(drawClip(splitRandom('test', clip))));
    const together = await texts.encode(captions);
    for (const index of [0, 31, 32, 69]) {
      const [alone] = await texts.encode([captions[index]!]);
      assert.equal(alone!.count, together[index]!.count);
      const differences = alone!.data.map((value, i) => Math.abs(value - together[index]!.data[i]!));
      assert.ok(Math.max(...differences) < 1e-4);
    }
    const [long, empty] = await texts.encode(['ball '.repeat(500), '']);
    assert.equal(long!.count, context);
    assert.deepEqual([empty!.count, empty!.words], [2, []]);
    assert.deepEqual(await texts.encode([]), []);
    assert.equal(logitScale, 100);
  });

  test('a package that can only chat says so', async () => {
    const { retrieval: _, ...manifest } = demo.manifest;
    for (const load of [TextEncoder.load, FrameEncoder.load]) {
      await assert.rejects(
        load({ ...demo, manifest }),
        (error: unknown) => error instanceof AppError && error.code === 'unsupported',
      );
    }
  });
});
