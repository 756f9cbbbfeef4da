import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineDevices } from '#engine/devices.ts';

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
