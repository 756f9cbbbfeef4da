import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { lacksGpuBinaries, pruneBinaries } from '../../../setup-binaries.mjs';

const folder = tempFolder();
const llama = 'node_modules/@node-llama-cpp';
const onnx = 'node_modules/onnxruntime-node/bin/napi-v6';

/** What npm installs on Linux with an x64 processor, for that machine and for others. */
const installed = [
  ...['arm64', 'armv7l', 'x64', 'x64-cuda', 'x64-cuda-ext', 'x64-vulkan'].map(
    (name) => `${llama}/linux-${name}`,
  ),
  ...['darwin/arm64', 'linux/arm64', 'linux/x64', 'win32/arm64', 'win32/x64'].map(
    (name) => `${onnx}/${name}`,
  ),
];
const packages = Object.fromEntries(installed.map((path) => [path, {}]));

function install(name: string, paths: readonly string[] = installed): string {
  const root = join(folder, name);
  for (const path of paths) mkdirSync(join(root, path), { recursive: true });
  return root;
}

const kept = (root: string): string[] => installed.filter((path) => existsSync(join(root, path)));
const linux = { platform: 'linux', arch: 'x64' };

test('binaries of other machines and of GPUs go; asked for, those of GPUs stay', () => {
  const root = install('without');
  assert.equal(pruneBinaries(root, { gpu: false, ...linux }).length, 8);
  assert.deepEqual(kept(root), [`${llama}/linux-x64`, `${onnx}/linux/x64`]);
  assert.deepEqual(pruneBinaries(root, { gpu: false, ...linux }), []);

  const gpu = install('with');
  pruneBinaries(gpu, { gpu: true, ...linux });
  const gpus = ['x64', 'x64-cuda', 'x64-cuda-ext', 'x64-vulkan'].map((name) => `${llama}/linux-${name}`);
  assert.deepEqual(kept(gpu), [...gpus, `${onnx}/linux/x64`]);
});

test('GPU binaries that were left out are known to be missing', () => {
  const root = install('asked later');
  assert.equal(lacksGpuBinaries(root, packages, linux), false);
  pruneBinaries(root, { gpu: false, ...linux });
  assert.equal(lacksGpuBinaries(root, packages, linux), true);
  assert.equal(lacksGpuBinaries(root, packages, { platform: 'linux', arch: 'arm64' }), false);
});

test('a Mac keeps Metal, and a machine that no name fits keeps everything', () => {
  const mac = [`${llama}/mac-arm64-metal`, `${llama}/mac-x64`];
  const root = install('mac', [...mac, ...installed]);
  pruneBinaries(root, { gpu: false, platform: 'darwin', arch: 'arm64' });
  assert.deepEqual(
    [...mac, ...installed].filter((path) => existsSync(join(root, path))),
    [`${llama}/mac-arm64-metal`, `${onnx}/darwin/arm64`],
  );
  const other = install('other');
  assert.deepEqual(pruneBinaries(other, { gpu: false, platform: 'freebsd', arch: 'x64' }), []);
});
