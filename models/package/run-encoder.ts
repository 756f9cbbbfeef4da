import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { at } from '#core/at.ts';
import { openSession } from '#models/graph/session.ts';
import { packageFiles, type RetrievalManifest, type VisionManifest } from './manifest.ts';
import { PackageError } from './package-error.ts';

/** Even, for a branch that cuts a clip into halves. */
const frames = 2;

/**
 * Video tokens [tokens * width] of a made-up clip of two frames, by the chat encoder of a package folder. Throws
 * `PackageError` for an encoder that does not run, or whose tokens are not those of the manifest or not finite.
 */
export async function runEncoderOnce(dir: string, vision: VisionManifest): Promise<Float32Array> {
  return (await runEncoderBothWays(dir, vision)).video;
}

/** The same with and without the branch. Throws as `runEncoderOnce`. */
export async function runEncoderBothWays(
  dir: string,
  { tokens, width, imageSize }: VisionManifest,
): Promise<{ readonly video: Float32Array; readonly plain: Float32Array }> {
  const shape = [tokens, width];
  const file = join(dir, packageFiles.chatEncoder);
  const outputs = await runOnce(file, clipFeeds(imageSize), { video_tokens: shape, plain_tokens: shape });
  return { video: at(outputs, 0), plain: at(outputs, 1) };
}

/** Runs both encoders for retrieval, on the same clip and an empty text. Throws as `runEncoderOnce`. */
export async function runRetrievalOnce(
  dir: string,
  { imageSize, patchSize }: VisionManifest,
  { width, context, end, pad }: RetrievalManifest,
): Promise<void> {
  await runOnce(join(dir, packageFiles.retrievalEncoder), clipFeeds(imageSize), {
    frame_embeddings: [frames, width],
    plain_embeddings: [frames, width],
    patch_attention: [frames, (imageSize / patchSize) ** 2],
  });
  const ids = new BigInt64Array(context).fill(BigInt(pad)).fill(BigInt(end), 0, 1);
  const text = { ids: new ort.Tensor('int64', ids, [1, context]) };
  await runOnce(join(dir, packageFiles.textEncoder), text, { token_embeddings: [1, context, width] });
}

/** One run of an encoder, whose outputs must be of the expected shapes and finite; gives them in that order. */
async function runOnce(
  file: string,
  feeds: Readonly<Record<string, ort.Tensor>>,
  expected: Readonly<Record<string, readonly number[]>>,
): Promise<Float32Array[]> {
  const refuse = (problem: string, cause?: unknown) =>
    new PackageError('invalid', `${file} ${problem}.`, { cause });
  const session = await openSession(file, { runOnce: true }).catch((cause: unknown) => {
    throw refuse('cannot be loaded', cause);
  });
  try {
    const results = await session.run(feeds, Object.keys(expected)).catch((cause: unknown) => {
      throw refuse('does not run', cause);
    });
    return Object.entries(expected).map(([name, shape]) => {
      const found = results[name];
      if (!(found?.data instanceof Float32Array) || found.dims.join() !== shape.join()) {
        throw refuse(
          `gives ${name} [${found?.dims.join(', ')}] where the manifest says [${shape.join(', ')}]`,
        );
      }
      if (!found.data.every(Number.isFinite)) {
        throw refuse('gives numbers that are not finite: its weights are damaged');
      }
      return Float32Array.from(found.data);
    });
  } finally {
    await session.release();
  }
}

function clipFeeds(imageSize: number): Record<'pixels' | 'positions', ort.Tensor> {
  return {
    pixels: new ort.Tensor('float32', madeUpClip(imageSize), [frames, 3, imageSize, imageSize]),
    positions: new ort.Tensor('int64', BigInt64Array.from([0n, 1n]), [frames]),
  };
}

/** Smooth waves [frames, 3, side, side], other ones in each frame and channel. */
function madeUpClip(side: number): Float32Array {
  const plane = side ** 2;
  return Float32Array.from({ length: frames * 3 * plane }, (_, index) => {
    const [x, y, layer] = [index % side, Math.floor((index % plane) / side), Math.floor(index / plane)];
    return Math.sin((x * (layer + 2)) / 9) + Math.cos((y * (layer + 3)) / 13);
  });
}
