import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PackageManifest } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { manifestFile } from './read-manifest.ts';

/**
 * onnxruntime reads weights from other files beside a model, whatever they are called. Refuses an encoder that names a
 * file which lies in the folder and not in the manifest, where no hash vouches for it. Throws `PackageError`.
 */
export async function requireListedWeights(dir: string, { files }: PackageManifest): Promise<void> {
  const unlisted = (await readdir(dir, { recursive: true }))
    .filter((name) => name !== manifestFile && !Object.hasOwn(files, name))
    .map((name) => basename(name));
  if (unlisted.length === 0) return;
  for (const file of Object.keys(files).filter((name) => name.endsWith('.onnx'))) {
    const named = await firstNameIn(join(dir, file), unlisted);
    if (named === undefined) continue;
    const problem = `names ${named}, which is in the folder but not in ${manifestFile}; remove or rename it`;
    throw new PackageError('invalid', `${join(dir, file)} ${problem}.`);
  }
}

/** The first of these names whose bytes are in a file. */
async function firstNameIn(path: string, names: readonly string[]): Promise<string | undefined> {
  const longest = Math.max(...names.map((name) => Buffer.byteLength(name)));
  let before = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    const bytes = Buffer.concat([before, chunk]);
    const found = names.find((name) => bytes.includes(name));
    if (found !== undefined) return found;
    // a name may lie across two pieces
    before = bytes.subarray(Math.max(0, bytes.length - longest));
  }
  return undefined;
}
