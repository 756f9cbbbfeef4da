import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '#models/formats/replace-file.ts';
import { hashFile } from './file-hash.ts';
import type { PackageManifest } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { checkManifest, manifestFile } from './read-manifest.ts';

/**
 * Makes a folder of finished files a package: measures and hashes every file in it and writes `model.json`, last and
 * all at once. Throws `PackageError` when the result would not load.
 */
export async function sealPackage(
  dir: string,
  description: Omit<PackageManifest, 'files'>,
): Promise<PackageManifest> {
  const files: PackageManifest['files'] = {};
  const names = await readdir(dir);
  for (const name of names.sort()) {
    if (name === manifestFile) continue;
    const path = join(dir, name);
    const stats = await stat(path);
    if (!stats.isFile() || name.endsWith('.part')) {
      throw new PackageError('invalid', `${path} does not belong in a package; remove it.`);
    }
    files[name] = { bytes: stats.size, sha256: await hashFile(path) };
  }
  const path = join(dir, manifestFile);
  const manifest = checkManifest(path, { ...description, files });
  await replaceFile(path, (file) => file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}
