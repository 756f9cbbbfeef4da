import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeImport } from '#models/commands/describe-package.ts';
import { readManifest } from '#models/package/read-manifest.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

describe('what an import says at its end', async () => {
  const manifest = await readManifest(smallPackage);
  const lines = (ratio: number, cosine?: number) =>
    describeImport({ manifest, remarks: ['a remark'], change: { ratio, cosine: 0.75 }, cosine }, 'out').split(
      '\n',
    );

  test('how much the branch changes the tokens, what is worth knowing, and how to go on', () => {
    const [about, change, ...rest] = lines(1.06, 0.9996);
    assert.match(about ?? '', /^package demo: \d files, [\d.]+ MiB$/);
    assert.equal(
      change,
      `branch against plain tokens (${manifest.vision.fusion}): 1.06 times as long, mean cosine 0.750`,
    );
    assert.deepEqual(rest, [
      'note: a remark',
      'int8 tokens against f32: mean cosine 0.9996',
      'Try it: MODEL_PACKAGE=out npm start',
      '',
    ]);
  });

  test('tokens more than twice as long are warned of, with what helps', () => {
    const warnings = (ratio: number) => lines(ratio).filter((line) => line.startsWith('warning: '));
    assert.deepEqual(warnings(2), []);
    assert.equal(warnings(4.13).length, 1);
    assert.match(warnings(4.13)[0] ?? '', /more than twice as long .* --fusion matched keeps their length/);
  });
});
