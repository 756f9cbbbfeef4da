import { join } from 'node:path';
import { type LoadedPackage, loadPackage } from '#models/package/load.ts';
import { PackageError } from '#models/package/package-error.ts';
import { AppError } from '#errors';

/** Throws `package_missing`, `package_invalid`. */
export async function openPackage(
  folder: string,
  { dataDir, signal }: { readonly dataDir: string; readonly signal: AbortSignal },
): Promise<LoadedPackage> {
  try {
    return await loadPackage(folder, { cacheDir: join(dataDir, 'cache'), signal });
  } catch (cause) {
    if (cause instanceof PackageError) throw new AppError(`package_${cause.code}`, cause.message, { cause });
    throw cause;
  }
}
