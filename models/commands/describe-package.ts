import type { PackageManifest } from '../package/manifest.ts';

export function describePackage({ name, files }: PackageManifest): string {
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  return `package ${name}: ${Object.keys(files).length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
