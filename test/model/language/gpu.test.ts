import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Engine } from '#engine/engine.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { writeWorldClip } from '#test/e2e/world-clip.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const root = join(import.meta.dirname, '../../..');
const signal = new AbortController().signal;

/** Mesa's software Vulkan device, and llama.cpp's Vulkan binary. */
const driver = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const binary = join(root, 'node_modules/@node-llama-cpp/linux-x64-vulkan');
const missing = [driver, binary].filter((path) => !existsSync(path));
const skip = missing.length > 0 ? 'needs `npm run setup -- --gpu` (a Vulkan driver and binary)' : false;

describe('the LLM on a Vulkan device', { skip }, () => {
  const folder = tempFolder();

  test('reads video rows with all layers offloaded, and answers as the CPU does', async () => {
    // a software device counts as one only when it is named
    process.env['GGML_VK_VISIBLE_DEVICES'] = '0';
    const clip = { path: join(folder, 'clip.mp4'), sha256: 'a'.repeat(64) };
    await writeWorldClip(20_002, clip.path);
    const answerOn = async (gpu: 'off' | 'vulkan'): Promise<{ text: string; device: string }> => {
      const engine = await loadEngine(smallPackage, {
        dataDir: join(folder, gpu),
        maxClipSeconds: 60,
        signal,
        gpu,
      });
      try {
        return { text: await answer(engine, clip), device: engine.device };
      } finally {
        await engine.dispose();
      }
    };
    const cpu = await answerOn('off');
    const vulkan = await answerOn('vulkan');
    assert.match(cpu.device, /^LLM on the CPU; 4 conversations x \d+ tokens: .* of KV cache \(f16\)$/);
    assert.match(vulkan.device, /^LLM on vulkan \(.*llvmpipe.*\), (\d+) of \1 layers;/);
    assert.equal(vulkan.text, cpu.text);
  });

  test('a device that is not there is refused in one line', async () => {
    const options = { dataDir: join(folder, 'cuda'), maxClipSeconds: 60, signal, gpu: 'metal' as const };
    await assert.rejects(loadEngine(smallPackage, options), {
      code: 'invalid_request',
      message: /^GPU=metal: /,
    });
  });
});

async function answer(engine: Engine, clip: { path: string; sha256: string }): Promise<string> {
  const turn = { question: 'Describe what happens in the video.', clips: [clip] };
  for await (const event of engine.answer([turn], { signal })) if (event.type === 'done') return event.text;
  assert.fail('no end');
}
