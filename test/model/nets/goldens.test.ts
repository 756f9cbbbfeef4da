import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareGoldens } from '#models/evaluate/goldens/compare.ts';
import { golden } from '#test/helpers/goldens.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const mugStan = golden('mug-stan-tiny');
const llava = golden('llava-tiny');

test('CLIP, STAN, BT-Adapter, fusion, text and Mug as the authors compute them', mugStan, async () => {
  const comparisons = await compareGoldens(mugStan.path);
  assert.equal(comparisons.length, 16);
  for (const { output, difference } of comparisons) {
    assert.ok(difference <= 1e-4, `${output} differs by ${difference}`);
  }
});

test(
  'tower, projector and an LLM that reads a picture from its vocabulary as llama.cpp computes them',
  llava,
  async () => {
    const comparisons = await compareGoldens(llava.path);
    const outputs = comparisons.map(({ output }) => output);
    assert.deepEqual(outputs.slice(0, 3), ['embd', 'mmproj-swapped.gguf.embd', 'logits']);
    // the fifth token's margin is below 0.1: another processor may go its own way from there
    assert.ok(outputs.length >= 3 + 4);
    for (const { output, difference, tolerance } of comparisons) {
      assert.ok(difference <= tolerance, `${output} differs by ${difference}`);
    }
  },
);

test('the command prints a line for each output and succeeds', mugStan, () => {
  const { status, stdout, stderr } = goldensCommand(mugStan.path);
  assert.equal(status, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 16);
  for (const line of lines) assert.match(line, /^[a-z_.]+ +\d\.\d\de-\d+ {2}ok$/);
});

test('the command fails, by exit code and by name, when a weight is another', mugStan, async () => {
  const folder = join(tempFolder(), 'disturbed');
  await mkdir(folder);
  for (const file of await readdir(mugStan.path))
    await copyFile(join(mugStan.path, file), join(folder, file));
  const clip = join(folder, 'clip.safetensors');
  const bytes = await readFile(clip);
  bytes.writeFloatLE(bytes.readFloatLE(bytes.length - 4) + 1, bytes.length - 4);
  await writeFile(clip, bytes);
  const { status, stdout, stderr } = goldensCommand(folder);
  assert.equal(status, 1, stderr);
  assert.match(stdout, /above 0\.0001/);
});

function goldensCommand(folder: string) {
  const args = ['--import', 'tsx', 'server/cli/stan-llava.ts', 'models', 'goldens', folder];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}
