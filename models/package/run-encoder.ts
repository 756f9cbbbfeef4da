import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { openSession } from '../graph/session.ts';
import { packageFiles, type VisionManifest } from './manifest.ts';
import { PackageError } from './package-error.ts';

/** Even, for a branch that cuts a clip into halves. */
const frames = 2;

/**
 * Video tokens [tokens * width] of a made-up clip of two frames, by the chat encoder of a package folder. Throws
 * `PackageError` for an encoder that does not run, or whose tokens are not those of the manifest or not finite.
 */
export async function runEncoderOnce(dir: string, vision: VisionManifest): Promise<Float32Array> {
  const { imageSize, tokens: count, width } = vision;
  const file = join(dir, packageFiles.chatEncoder);
  const refuse = (problem: string, cause?: unknown) =>
    new PackageError('invalid', `${file} ${problem}.`, { cause });
  const session = await openSession(file, { runOnce: true }).catch((cause: unknown) => {
    throw refuse('cannot be loaded', cause);
  });
  try {
    const feeds = {
      pixels: new ort.Tensor('float32', madeUpClip(imageSize), [frames, 3, imageSize, imageSize]),
      positions: new ort.Tensor('int64', BigInt64Array.from([0n, 1n]), [frames]),
    };
    const results = await session.run(feeds, ['video_tokens']).catch((cause: unknown) => {
      throw refuse('does not run', cause);
    });
    const found = results['video_tokens'];
    if (!(found?.data instanceof Float32Array) || found.dims.join() !== [count, width].join()) {
      throw refuse(`gives [${found?.dims.join(', ')}] where the manifest says [${count}, ${width}]`);
    }
    if (!found.data.every(Number.isFinite)) {
      throw refuse('gives numbers that are not finite: its weights are damaged');
    }
    return Float32Array.from(found.data);
  } finally {
    await session.release();
  }
}

/** Smooth waves [frames, 3, side, side], other ones in each frame and channel. */
function madeUpClip(side: number): Float32Array {
  const plane = side ** 2;
  return Float32Array.from({ length: frames * 3 * plane }, (_, place) => {
    const [x, y, layer] = [place % side, Math.floor((place % plane) / side), Math.floor(place / plane)];
    return Math.sin((x * (layer + 2)) / 9) + Math.cos((y * (layer + 3)) / 13);
  });
}
