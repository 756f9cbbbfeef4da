import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import type { PackageManifest } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { manifestFile } from './read-manifest.ts';
import { sealPackage } from './seal.ts';

/**
 * Makes a package folder, all or nothing: `write` fills a folder beside `out` and returns its description; the folder is
 * then measured, sealed and renamed. An existing package is replaced. Throws `PackageError` where `out` is anything else,
 * which might be somebody's work.
 */
export async function assemblePackage(
  out: string,
  write: (dir: string) => Promise<Omit<PackageManifest, 'files'>>,
): Promise<PackageManifest> {
  const folder = resolve(out);
  const replaces = await holdsPackage(folder);
  const made = `${folder}.part-${randomUUID()}`;
  await mkdir(made, { recursive: true });
  const removeMade = (): void => rmSync(made, { recursive: true, force: true });
  // an interrupted command ends by `process.exit`: gigabytes must not stay behind
  process.once('exit', removeMade);
  try {
    const manifest = await sealPackage(made, await write(made));
    const old = `${made}-old`;
    if (replaces) await rename(folder, old);
    await rename(made, folder);
    await rm(old, { recursive: true, force: true });
    return manifest;
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  } finally {
    process.off('exit', removeMade);
  }
}

async function holdsPackage(folder: string): Promise<boolean> {
  const found = await findStats(folder);
  if (found === undefined) return false;
  const names = found.isDirectory() ? await readdir(folder) : undefined;
  if (names?.includes(manifestFile)) return true;
  if (names?.length === 0) return false;
  throw new PackageError('invalid', `${folder} exists and is no model package; name a new folder.`);
}
