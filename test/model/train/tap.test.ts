import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkPackage } from '#models/package/check-package.ts';
import { loadPackage } from '#models/package/load.ts';
import { runEncoderBothWays } from '#models/package/run-encoder.ts';
import { openDemoEncoder } from '#models/train/tap/demo-encoder.ts';
import { fitProjector, paperTap } from '#models/train/tap/fit-projector.ts';
import { writeVariant } from '#models/train/tap/write-variant.ts';
import { smallPackage } from '#test/helpers/small-package.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const folder = tempFolder();
const fitting = { pictures: 100, seed: 3, onProgress: () => {} };

describe('a demo package that is read at another tap', () => {
  test('has a projector that makes the same tokens of plain pictures, and that alone is new', async () => {
    const { manifest } = await loadPackage(smallPackage);
    const encoder = await openDemoEncoder(smallPackage, manifest.vision);
    const started = await fitProjector(encoder, manifest.vision, { ...fitting, steps: 1 });
    const { weights, explained } = await fitProjector(encoder, manifest.vision, { ...fitting, steps: 300 });
    assert.ok(started.explained < 0.1, `${started.explained}`);
    assert.ok(explained > 0.5 && explained < 1, `${explained}`);
    assert.ok([...weights.keys()].every((name) => name.startsWith('projector.')));

    const out = join(folder, 'variant');
    const tokens = { ...encoder.arch.tokens, ...paperTap, fusion: 'matched' as const };
    const variant = {
      arch: { ...encoder.arch, tokens },
      weights: new Map([...encoder.weights, ...weights]),
    };
    const { vision, files } = await writeVariant(smallPackage, manifest, variant, out);
    assert.deepEqual(
      { tap: vision.tap, tapNorm: vision.tapNorm, fusion: vision.fusion },
      { ...paperTap, fusion: 'matched' },
    );
    const changed = Object.keys(files).filter((name) => files[name]?.sha256 !== manifest.files[name]?.sha256);
    assert.deepEqual(changed, ['chat-encoder.onnx']);
    await checkPackage(out, () => {});
    const { video, plain } = await runEncoderBothWays(out, vision);
    assert.notDeepEqual(video, plain);
  });

  test('is not made of nets that were not trained here', async () => {
    const { manifest } = await loadPackage(smallPackage);
    const other = { ...manifest.vision, cls: 'last' as const };
    await assert.rejects(openDemoEncoder(smallPackage, other), { code: 'invalid', message: /other nets/ });
  });
});
