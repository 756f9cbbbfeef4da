import { mkdir, rm } from 'node:fs/promises';
import type { VisionManifest } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import { runEncoderOnce } from '#models/package/run-encoder.ts';
import type { Precision } from '#models/package/write-encoder.ts';

/** Least mean cosine between the tokens of an int8 encoder and of the exact one; ViT-L/14 with CLIP's weights has 0.9996. */
const minCosine = 0.99;

/**
 * Runs a chat encoder just written on a made-up clip, for what has never run is not a package. An int8 one has to agree
 * with the exact encoder, which `writeExact` writes into a folder that is removed again; returns the mean cosine between
 * their tokens, undefined for f32. Throws `PackageError`.
 */
export async function tryEncoder(
  dir: string,
  vision: VisionManifest,
  precision: Precision,
  writeExact: (dir: string) => Promise<void>,
): Promise<number | undefined> {
  const tokens = await runEncoderOnce(dir, vision);
  if (precision === 'f32') return undefined;
  const exactDir = `${dir}-exact`;
  await mkdir(exactDir);
  try {
    await writeExact(exactDir);
    const cosine = meanCosine(tokens, await runEncoderOnce(exactDir, vision), vision.width);
    if (!(cosine >= minCosine)) {
      const problem = `int8 changes this encoder too much (cosine ${cosine.toFixed(4)}, at least ${minCosine} wanted)`;
      throw new PackageError('invalid', `${problem}; import it with --precision f32.`);
    }
    return cosine;
  } finally {
    await rm(exactDir, { recursive: true, force: true });
  }
}

/** Mean over tokens of the cosine between two sets of them, each [tokens * width]. */
export function meanCosine(a: Float32Array, b: Float32Array, width: number): number {
  let sum = 0;
  for (let start = 0; start < a.length; start += width) {
    let [dot, aa, bb] = [0, 0, 0];
    for (let i = start; i < start + width; i++) {
      const [x, y] = [a[i] ?? 0, b[i] ?? 0];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    sum += dot / Math.sqrt(aa * bb);
  }
  return sum / (a.length / width);
}
