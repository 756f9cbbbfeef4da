import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { openSession } from '#models/graph/session.ts';
import { toOrt } from '#models/graph/run.ts';
import { compilePackage } from '#models/package/compile.ts';
import { loadPackage } from '#models/package/load.ts';
import { packageFiles } from '#models/package/manifest.ts';
import { demoRun } from '#models/train/demo-run.ts';
import { writeRandomPackage } from '#test/helpers/random-package.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('a compiled package', () => {
  const out = join(tempFolder(), 'package');

  test('loads, and its encoder takes any number of frames', async () => {
    await writeRandomPackage(out);
    const { manifest, path } = await loadPackage(out);
    const { tokens, width, imageSize, maxFrames } = manifest.vision;
    const session = await openSession(path(packageFiles.chatEncoder), { threads: 1 });
    for (let frames = 1; frames <= maxFrames; frames++) {
      const pixels = Float32Array.from({ length: frames * 3 * imageSize ** 2 }, (_, index) =>
        Math.sin(index),
      );
      const { video_tokens, plain_tokens } = await session.run({
        pixels: toOrt(pixels, [frames, 3, imageSize, imageSize]),
        positions: toOrt(
          BigInt64Array.from({ length: frames }, (_, frame) => BigInt(frame)),
          [frames],
        ),
      });
      assert.deepEqual(video_tokens?.dims, [tokens, width]);
      assert.deepEqual(plain_tokens?.dims, [tokens, width]);
      assert.notDeepEqual(video_tokens?.data, plain_tokens?.data);
    }
    await session.release();
  });

  test('is replaced whole or not at all', async () => {
    const run = await demoRun(1);
    const source = {
      about: { name: 'broken', version: '0', licence: 'none', about: '', sources: [] },
      arch: run.arch,
      weights: new Map(),
      tokenizer: run.tokenizer,
      template: run.template,
      resize: 'crop' as const,
      context: 256,
      slots: 1,
    };
    await assert.rejects(compilePackage(source, out), /the weights lack vision_model/);
    assert.equal((await loadPackage(out)).manifest.name, 'random');
    await assert.rejects(compilePackage(source, `${out}-new`), /the weights lack/);
    assert.ok(!existsSync(`${out}-new`));
    assert.deepEqual(await readdir(dirname(out)), ['package']);
  });
});
