import type { Imported } from '#models/convert/import-package.ts';
import type { PackageManifest } from '#models/package/manifest.ts';

export function describePackage({ name, files }: PackageManifest): string {
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  return `package ${name}: ${Object.keys(files).length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** What an import made, how exact it is where that was a choice, and what to do next. */
export function describeImport({ manifest, cosine }: Imported, out: string): string {
  const lines = [describePackage(manifest)];
  if (cosine !== undefined) lines.push(`int8 tokens against f32: mean cosine ${cosine.toFixed(4)}`);
  lines.push(`Try it: MODEL_PACKAGE=${out} npm start`);
  return `${lines.join('\n')}\n`;
}
