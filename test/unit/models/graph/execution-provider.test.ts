import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseProvider, reasonOf } from '#models/graph/execution-provider.ts';

test('the CPU is what remains where nothing else is asked for', async () => {
  assert.deepEqual(await chooseProvider([]), { name: 'cpu', refused: [] });
});

test('the first installed provider that gives the right numbers is taken', async () => {
  assert.deepEqual(await chooseProvider(['coreml', 'cpu', 'cuda'], ['cpu', 'cuda']), {
    name: 'cpu',
    refused: [{ name: 'coreml', reason: 'not installed' }],
  });
});

const cudaIsThere = (await chooseProvider(['cuda'])).refused[0]?.reason !== 'not installed';
const skip =
  process.platform !== 'linux' || cudaIsThere ? "needs Linux without onnxruntime's CUDA files" : false;

test('one that cannot start is told with its reason', { skip }, async () => {
  const { name, refused } = await chooseProvider(['cuda'], ['cuda']);
  assert.equal(name, 'cpu');
  assert.match(refused[0]?.reason ?? '', /load/);
});

test('a reason is one line without places in sources', () => {
  const message =
    '/src/webgpu_context.cc:136 Initialize() status == Success was false. No supported adapters.\nmore';
  assert.equal(reasonOf(new Error(message)), 'No supported adapters.');
});
