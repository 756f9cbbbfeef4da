import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assemblePackage } from '#models/package/assemble.ts';
import { type PackageManifest, packageFiles } from '#models/package/manifest.ts';
import { writeDemoEncoder, type DemoEncoder } from './demo-encoder.ts';

/** A copy of the package in `dir` with another chat encoder. Throws as `assemblePackage`. */
export function writeVariant(
  dir: string,
  { files, ...description }: PackageManifest,
  encoder: DemoEncoder,
  out: string,
): Promise<PackageManifest> {
  return assemblePackage(out, async (made) => {
    for (const name of Object.keys(files)) {
      if (name !== packageFiles.chatEncoder) await copyFile(join(dir, name), join(made, name));
    }
    await writeDemoEncoder(made, encoder);
    return { ...description, vision: { ...description.vision, ...encoder.arch.tokens } };
  });
}
