import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOnnxWeights } from '#models/formats/onnx/read.ts';
import type { EncoderArchitecture } from '#models/package/architecture.ts';
import { chatEncoder } from '#models/package/encoders.ts';
import { packageFiles, type VisionManifest } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import { runEncoderOnce } from '#models/package/run-encoder.ts';
import { writeEncoder } from '#models/package/write-encoder.ts';
import { WeightSet } from '#models/nets/weights.ts';
import { demoArchitecture } from '../architecture.ts';
import type { WeightMap } from '../training-state.ts';

/** What a package of this trainer encodes clips with. */
export interface DemoEncoder {
  readonly arch: EncoderArchitecture;
  readonly weights: WeightMap;
}

/**
 * Reads the chat encoder of a package that was trained here: sizes from its weights, heads as the demo's nets have them.
 * Throws `PackageError` for one of other nets, `FormatError` for one with weights in files of their own.
 */
export async function openDemoEncoder(dir: string, vision: VisionManifest): Promise<DemoEncoder> {
  const stored = await readOnnxWeights(join(dir, packageFiles.chatEncoder));
  const weights = new Map([...stored].map(([name, { data }]) => [name, data]));
  const rows = (name: string): number => stored.get(name)?.shape[0] ?? 0;
  const count = (prefix: string): number =>
    new Set([...stored.keys()].flatMap((name) => new RegExp(`^${prefix}\\.(\\d+)\\.`).exec(name)?.[1] ?? []))
      .size;
  const { tower, stan } = demoArchitecture(1);
  const { imageSize, patchSize, frames, maxFrames, mean, std, width } = vision;
  const { tap, tapNorm, fusion, fusionWeights, cls } = vision;
  const arch: EncoderArchitecture = {
    tower: {
      ...tower,
      width: rows('vision_model.embeddings.class_embedding'),
      layers: count('vision_model.encoder.layers'),
      mlpWidth: rows('vision_model.encoder.layers.0.mlp.fc1.weight'),
      imageSize,
      patchSize,
    },
    stan: { ...stan, depth: count('stan.spatial'), maxFrames },
    tokens: { tap, tapNorm, fusion, fusionWeights, cls },
    projector: { kind: 'mlp', width },
    frames,
    mean,
    std,
  };
  await expectSame(dir, vision, { arch, weights });
  return { arch, weights };
}

/** Writes it as `dir`'s chat encoder. */
export function writeDemoEncoder(dir: string, { arch, weights }: DemoEncoder): Promise<void> {
  const outputs = chatEncoder(new WeightSet().get, arch);
  return writeEncoder(dir, packageFiles.chatEncoder, outputs, async (name) => {
    const found = weights.get(name);
    if (found === undefined) throw new PackageError('invalid', `the demo's encoder has no ${name}.`);
    return found;
  });
}

/** Sizes were guessed: the nets built from them have to give what the package's own encoder gives. */
async function expectSame(dir: string, vision: VisionManifest, encoder: DemoEncoder): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-llava-tap-'));
  try {
    await writeDemoEncoder(folder, encoder);
    const [own, rebuilt] = [await runEncoderOnce(dir, vision), await runEncoderOnce(folder, vision)];
    if (own.some((value, i) => Math.abs(value - (rebuilt[i] ?? Number.NaN)) > 1e-3))
      throw new PackageError('invalid', `${dir} holds other nets than those of models/train.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
