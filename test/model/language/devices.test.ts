import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineDevices } from '#engine/devices.ts';
import { whereItRuns } from '#engine/language/load-llama.ts';

test('without a GPU both run on the CPU', async () => {
  assert.deepEqual(await examineDevices('off'), [
    { what: 'LLM', ok: true, details: 'llama.cpp on the CPU' },
    { what: 'encoders', ok: true, details: 'onnxruntime: encoders on the CPU' },
  ]);
});

test('a device that is named and not there is a finding, and what the encoders do instead is said', async () => {
  const absent = process.platform === 'darwin' ? 'cuda' : 'metal';
  const [llm, encoders] = await examineDevices(absent);
  assert.equal(llm?.ok, false);
  assert.match(llm?.details ?? '', new RegExp(`^GPU=${absent}: `));
  assert.match(encoders?.details ?? '', /^onnxruntime: encoders on .*\(\w+: .+\)$/);
});

test('a backend for GPUs that finds none is said to run on the CPU, and why', async () => {
  const backend = (gpu: 'vulkan' | false, names: string[]) => ({ gpu, getGpuDeviceNames: async () => names });
  assert.equal(await whereItRuns(backend('vulkan', [])), 'on the CPU (vulkan finds no GPU)');
  assert.equal(await whereItRuns(backend('vulkan', ['llvmpipe'])), 'on vulkan (llvmpipe)');
  assert.equal(await whereItRuns(backend(false, [])), 'on the CPU');
});
