import { mkdir, rm } from 'node:fs/promises';
import type { VisionManifest } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import { runEncoderBothWays, runEncoderOnce } from '#models/package/run-encoder.ts';
import type { Precision } from '#models/package/write-encoder.ts';

/** Least mean cosine between the tokens of an int8 encoder and of the exact one; ViT-L/14 with CLIP's weights has 0.9996. */
const minCosine = 0.99;

/** What a first run of a chat encoder shows. */
export interface Tried {
  /** How its tokens with the branch compare with those of the tower alone, as the LLM reads them: means over tokens. */
  readonly change: {
    /** Length with the branch over length without. */
    readonly ratio: number;
    readonly cosine: number;
  };
  /** Mean cosine between the int8 encoder's tokens and the exact one's; undefined for f32. */
  readonly cosine: number | undefined;
}

/**
 * Runs a chat encoder just written on a made-up clip, for what has never run is not a package. An int8 one has to agree
 * with the exact encoder, which `writeExact` writes into a folder that is removed again. Throws `PackageError`.
 */
export async function tryEncoder(
  dir: string,
  vision: VisionManifest,
  precision: Precision,
  writeExact: (dir: string) => Promise<void>,
): Promise<Tried> {
  const { width } = vision;
  const { video, plain } = await runEncoderBothWays(dir, vision);
  const change = { ratio: meanLengthRatio(video, plain, width), cosine: meanCosine(video, plain, width) };
  if (precision === 'f32') return { change, cosine: undefined };
  const exactDir = `${dir}-exact`;
  await mkdir(exactDir);
  try {
    await writeExact(exactDir);
    const cosine = meanCosine(video, await runEncoderOnce(exactDir, vision), width);
    if (!(cosine >= minCosine)) {
      const problem = `int8 changes this encoder too much (cosine ${cosine.toFixed(4)}, at least ${minCosine} wanted)`;
      throw new PackageError('invalid', `${problem}; import it with --precision f32.`);
    }
    return { change, cosine };
  } finally {
    await rm(exactDir, { recursive: true, force: true });
  }
}

/** Mean over tokens of their length in `a` over that in `b`, each [tokens * width]. */
export function meanLengthRatio(a: Float32Array, b: Float32Array, width: number): number {
  const length = (tokens: Float32Array, start: number): number =>
    Math.hypot(...tokens.subarray(start, start + width));
  let sum = 0;
  for (let start = 0; start < a.length; start += width) sum += length(a, start) / length(b, start);
  return sum / (a.length / width);
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
