import type { Imported } from '#models/convert/import-package.ts';
import type { PackageManifest } from '#models/package/manifest.ts';

/** A projector that read a LayerNorm's or a tower's own tokens knows none twice as long. */
const maxRatio = 2;
const tooLong =
  'the tokens are more than twice as long as those that the projector was trained on; --fusion matched keeps their length.';

export function describePackage({ name, files }: PackageManifest): string {
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  return `package ${name}: ${Object.keys(files).length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** What an import made, how exact it is where that was a choice, and what to do next. */
export function describeImport({ manifest, remarks, change, cosine }: Imported, out: string): string {
  const lines = [describePackage(manifest)];
  if (change !== undefined) {
    const { ratio, cosine: direction } = change;
    const { fusion } = manifest.vision;
    lines.push(
      `branch against plain tokens (${fusion}): ${ratio.toFixed(2)} times as long, mean cosine ${direction.toFixed(3)}`,
    );
    if (ratio > maxRatio) lines.push(`warning: ${tooLong}`);
  }
  for (const remark of remarks) lines.push(`note: ${remark}`);
  if (cosine !== undefined) lines.push(`int8 tokens against f32: mean cosine ${cosine.toFixed(4)}`);
  lines.push(`Try it: MODEL_PACKAGE=${out} npm start`);
  return `${lines.join('\n')}\n`;
}
