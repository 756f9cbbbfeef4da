/**
 * Native binaries that npm installs for machines other than this one: llama.cpp's for other processors and for GPUs,
 * onnxruntime's for other systems. Plain Node, as `setup.mjs`.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const llamaFolder = 'node_modules/@node-llama-cpp';
const onnxFolder = 'node_modules/onnxruntime-node/bin/napi-v6';
const systems = { darwin: 'mac', linux: 'linux', win32: 'win' };
const processors = { arm: 'armv7l' };

/**
 * Folders, relative to `root`, that this machine has no use for. `gpu`: llama.cpp's binaries for GPUs are kept; Metal's
 * always is, as it is the only one of its machines.
 */
export function uselessBinaries(root, { gpu, platform = process.platform, arch = process.arch }) {
  const machine = `${systems[platform] ?? platform}-${processors[arch] ?? arch}`;
  const isOwn = (name) =>
    name === machine || name === `${machine}-metal` || (gpu && name.startsWith(`${machine}-`));
  const llama = foldersIn(join(root, llamaFolder));
  // a machine that no name fits is left as npm made it
  const found = llama.some(isOwn) ? llama.filter((name) => !isOwn(name)) : [];
  const onnxSystems = foldersIn(join(root, onnxFolder));
  const onnx = onnxSystems.flatMap((system) => {
    if (system !== platform) return onnxSystems.includes(platform) ? [system] : [];
    const own = foldersIn(join(root, onnxFolder, system));
    return own.includes(arch) ? own.filter((name) => name !== arch).map((name) => join(system, name)) : [];
  });
  return [...found.map((name) => join(llamaFolder, name)), ...onnx.map((name) => join(onnxFolder, name))];
}

/** Removes them. */
export function pruneBinaries(root, options) {
  const useless = uselessBinaries(root, options);
  for (const path of useless) rmSync(join(root, path), { recursive: true });
  return useless;
}

/** Whether packages of this machine's GPUs, which npm has installed by `installed` (a lock file's), were removed since. */
export function lacksGpuBinaries(root, installed, { platform = process.platform, arch = process.arch } = {}) {
  const front = `${llamaFolder}/${systems[platform] ?? platform}-${processors[arch] ?? arch}-`;
  return Object.keys(installed).some((path) => path.startsWith(front) && !existsSync(join(root, path)));
}

function foldersIn(path) {
  return existsSync(path) ? readdirSync(path) : [];
}
