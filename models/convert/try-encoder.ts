import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { openSession } from '../graph/session.ts';
import { packageFiles, type VisionManifest } from '../package/manifest.ts';
import { PackageError } from '../package/package-error.ts';
import type { Precision } from '../package/write-encoder.ts';

/** Least mean cosine between the tokens of an int8 encoder and of the exact one; ViT-L/14 with CLIP's weights has 0.9996. */
const leastCosine = 0.99;
/** Even, for a branch that cuts a clip into halves. */
const frames = 2;

/**
 * Runs a chat encoder just written on a made-up clip, for what has never run is not a package. An int8 one has to agree
 * with the exact encoder, which `writeExact` writes into a folder that is removed again. Throws `PackageError`.
 */
export async function tryEncoder(
  dir: string,
  vision: VisionManifest,
  precision: Precision,
  writeExact: (dir: string) => Promise<void>,
): Promise<void> {
  const tokens = await runOnce(dir, vision);
  if (!tokens.every(Number.isFinite)) {
    throw new PackageError(
      'invalid',
      'The encoder gives numbers that are not finite: the weights are damaged.',
    );
  }
  if (precision === 'f32') return;
  const exactDir = `${dir}-exact`;
  await mkdir(exactDir);
  try {
    await writeExact(exactDir);
    const cosine = meanCosine(tokens, await runOnce(exactDir, vision), vision.width);
    if (!(cosine >= leastCosine)) {
      const problem = `int8 changes this encoder too much (cosine ${cosine.toFixed(4)}, at least ${leastCosine} wanted)`;
      throw new PackageError('invalid', `${problem}; import it with --precision f32.`);
    }
  } finally {
    await rm(exactDir, { recursive: true, force: true });
  }
}

/** [tokens * width] of a made-up clip: smooth waves, other ones in each frame. */
async function runOnce(dir: string, { imageSize }: VisionManifest): Promise<Float32Array> {
  const session = await openSession(join(dir, packageFiles.chatEncoder), { runOnce: true });
  try {
    const plane = imageSize ** 2;
    const pixels = Float32Array.from({ length: frames * 3 * plane }, (_, place) => {
      const [x, y, layer] = [
        place % imageSize,
        Math.floor((place % plane) / imageSize),
        Math.floor(place / plane),
      ];
      return Math.sin((x * (layer + 2)) / 9) + Math.cos((y * (layer + 3)) / 13);
    });
    const { video_tokens: tokens } = await session.run(
      {
        pixels: new ort.Tensor('float32', pixels, [frames, 3, imageSize, imageSize]),
        positions: new ort.Tensor('int64', BigInt64Array.from([0n, 1n]), [frames]),
      },
      ['video_tokens'],
    );
    if (!(tokens?.data instanceof Float32Array))
      throw new PackageError('invalid', 'The encoder gives no tokens.');
    return Float32Array.from(tokens.data);
  } finally {
    await session.release();
  }
}

function meanCosine(a: Float32Array, b: Float32Array, width: number): number {
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
