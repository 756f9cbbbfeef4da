import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadEngine } from '#engine/load-engine.ts';
import { writeWorldClip } from '#test/e2e/world-clip.ts';
import { smallPackage } from '#test/helpers/small-package.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { answerOn, type DeviceAnswer, deviceAnswer } from './answer-on.ts';

/** Mesa's software Vulkan device, and llama.cpp's Vulkan binary. */
const driver = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const binary = join(import.meta.dirname, '../../../node_modules/@node-llama-cpp/linux-x64-vulkan');
const missing = [driver, binary].filter((path) => !existsSync(path));
const skip =
  missing.length > 0 ? `there is no ${missing.join(', no ')}; run "npm run setup -- --gpu"` : false;

describe('the LLM on a GPU', () => {
  const folder = tempFolder();

  test('reads video rows with all layers on a Vulkan device, and answers as the CPU does', {
    skip,
  }, async () => {
    const clip = join(folder, 'clip.mp4');
    await writeWorldClip(20_002, clip);
    const cpu = await answerOn('off', { clip, dataDir: join(folder, 'off') });
    const vulkan = await answerOnVulkan(clip, join(folder, 'vulkan'));
    assert.match(cpu.device, /^LLM on the CPU; 4 conversations x \d+ tokens: .* of KV cache \(f16\)$/);
    assert.match(vulkan.device, /^LLM on vulkan \(.*llvmpipe.*\), (\d+) of \1 layers;/);
    assert.equal(vulkan.text, cpu.text);
  });

  test('a device that is not there is refused in one line', async () => {
    const { signal } = new AbortController();
    const options = { dataDir: join(folder, 'metal'), maxClipSeconds: 60, signal, gpu: 'metal' as const };
    await assert.rejects(loadEngine(smallPackage, options), {
      code: 'invalid_request',
      message: /^GPU=metal: /,
    });
  });
});

/** Rejects with how the process ended, and what it wrote, if it ends without an answer. */
async function answerOnVulkan(clip: string, dataDir: string): Promise<DeviceAnswer> {
  const child = fork(join(import.meta.dirname, 'gpu-answer.ts'), [clip, dataDir], {
    execArgv: ['--import', 'tsx'],
    // a software device counts as one only when it is named
    env: { ...process.env, GGML_VK_VISIBLE_DEVICES: '0' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let written = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  const ended = once(child, 'close').then(([code, signal]) =>
    assert.fail(`ended with ${signal ?? code}: ${written.trim()}`),
  );
  try {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return deviceAnswer.parse(message);
  } finally {
    // the engine has been disposed of: how a driver unloads is no matter of this test
    child.kill('SIGKILL');
  }
}
