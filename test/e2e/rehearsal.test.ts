import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { stageTimings } from '#contract/rest.ts';
import { readManifest } from '#models/package/read-manifest.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const report = z.object({
  steps: z.array(z.object({ step: z.string(), seconds: z.number(), peakMemory: z.number().optional() })),
  score: z.number(),
  answers: z.array(
    z.object({
      frames: z.int(),
      videoTokens: z.int(),
      promptTokens: z.int(),
      answerTokens: z.int(),
      timings: stageTimings,
      text: z.string(),
    }),
  ),
});

/** The command of docs/real-models.md, which writes, imports, checks, serves and asks, at its smallest size. */
test('the rehearsal of an import goes from public forms of weights to answers', async () => {
  const folder = tempFolder();
  const options = ['--size', 'small', '--frames', '4,12', '--max-tokens', '3', '--json'];
  const args = ['--import', 'tsx', 'server/cli/stan-llava.ts', 'bench', 'rehearsal', folder, ...options];
  const child = spawn(process.execPath, args, { env: { ...process.env, KV_TYPE: 'q8_0' } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => (stdout += piece));
  child.stderr.on('data', (piece) => (stderr += piece));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, stderr);

  assert.match(stderr, /note: The branch was trained at 28 px beside another tower; .* sees 42 px\./);
  assert.equal(stderr.match(/^ok {2}/gm)?.length, 5, stderr);
  const { steps, score, answers } = report.parse(JSON.parse(stdout));
  assert.deepEqual(
    steps.map(({ step }) => step),
    ['import', 'check', 'serve'],
  );
  assert.ok(Math.abs(score) <= 1);
  // 3 x 3 patches and CLS, whatever the number of frames
  assert.deepEqual(
    answers.map(({ frames, videoTokens, answerTokens }) => [frames, videoTokens, answerTokens]),
    [
      [4, 10, 3],
      [12, 10, 3],
    ],
  );
  assert.ok((answers[0]?.promptTokens ?? 0) > 10);
  const { vision, language, retrieval } = await readManifest(join(folder, 'package-small-f32'));
  assert.deepEqual([vision.fusion, vision.tap, vision.frames], ['matched', 'penultimate', 12]);
  assert.equal(language.template.name, 'vicuna-v1');
  assert.deepEqual(retrieval?.matching, { form: 'simple' });
  assert.equal(retrieval?.maxTextLength, 64);
  const written = ['640x360-10.mp4', 'package-small-f32', 'sources-small'];
  assert.deepEqual((await readdir(folder)).sort(), written);
});
