import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import { HashCache, hashFile } from './file-hash.ts';
import type { PackageManifest, packageFiles } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { readManifest } from './read-manifest.ts';
import { requireListedWeights } from './unlisted-files.ts';

export type PackageFile = (typeof packageFiles)[keyof typeof packageFiles];

/** A package whose files are present and have the hashes of its manifest. */
export interface LoadedPackage {
  /** Absolute. */
  readonly dir: string;
  readonly manifest: PackageManifest;
  /** SHA-256 of the manifest, which holds that of every file: hex, different for different packages. */
  readonly hash: string;
  has(file: PackageFile): boolean;
  /** Absolute path of a file of the package. Throws `PackageError` when it has none of that name. */
  path(file: PackageFile): string;
}

export interface LoadOptions {
  /** Folder of the hash cache; without it every file is hashed each time. Never the package's own. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
}

/** Checks a package folder: manifest, then size and SHA-256 of each file. Writes nothing into it. Throws `PackageError`. */
export async function loadPackage(folder: string, options: LoadOptions = {}): Promise<LoadedPackage> {
  const dir = resolve(folder);
  const manifest = await readManifest(dir);
  const cache = options.cacheDir === undefined ? undefined : await HashCache.open(options.cacheDir, dir);
  for (const [file, expected] of Object.entries(manifest.files)) {
    options.signal?.throwIfAborted();
    const path = join(dir, file);
    const stats = await fileStats(path);
    if (stats.size !== expected.bytes) {
      throw changed(path, `has ${stats.size} bytes instead of ${expected.bytes}`);
    }
    if (cache?.find(file, stats) === expected.sha256) continue;
    const sha256 = await hashFile(path, options.signal);
    if (sha256 !== expected.sha256) throw changed(path, 'has other contents (SHA-256)');
    cache?.remember(file, stats, sha256);
  }
  await requireListedWeights(dir, manifest);
  // A cache that cannot be written costs time at the next start, nothing else.
  await cache?.save().catch(() => undefined);

  const has = (file: PackageFile): boolean => Object.hasOwn(manifest.files, file);
  return {
    dir,
    manifest,
    hash: createHash('sha256').update(JSON.stringify(manifest)).digest('hex'),
    has,
    path(file) {
      if (!has(file)) throw new PackageError('missing', `The model package ${manifest.name} has no ${file}.`);
      return join(dir, file);
    },
  };
}

async function fileStats(path: string): Promise<Stats> {
  const stats = await findStats(path);
  if (stats === undefined) {
    throw new PackageError('missing', `${path} is not there; copy or build the package again.`);
  }
  if (!stats.isFile()) throw changed(path, 'is not a file');
  return stats;
}

function changed(path: string, how: string): PackageError {
  return new PackageError('invalid', `${path} ${how}; copy or build the package again.`);
}
