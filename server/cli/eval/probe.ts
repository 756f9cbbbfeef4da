import { accuracyTable } from '#models/evaluate/accuracy-table.ts';
import { measureMotionProbe } from '#models/evaluate/runners/motion-probe.ts';
import { readConfig } from '#config';
import { VisionEncoder } from '#engine/vision/vision-encoder.ts';
import { newWorldCommand } from './options.ts';
import { openPackage } from './open-package.ts';

/** `eval probe` */
export function probeCommand(signal: AbortSignal) {
  const about = "Fits a linear reader of motion to the encoder's tokens, with the branch and without.";
  return newWorldCommand('probe', about, 600).action(async (options) => {
    const { clips, seed, json, package: folder } = options;
    const { dataDir } = readConfig({}, process.env);
    const modelPackage = await openPackage(folder, { dataDir, signal });
    const { vision } = modelPackage.manifest;
    const encoder = await VisionEncoder.load(modelPackage);
    try {
      const tokens = async (data: Float32Array, mode: 'stan' | 'plain'): Promise<Float32Array> => {
        const frames = data.length / (3 * vision.imageSize ** 2);
        const shape = [frames, 3, vision.imageSize, vision.imageSize] as const;
        return (await encoder.encode({ data, shape }, { mode, signal })).data;
      };
      const report = await measureMotionProbe({ vision, encode: tokens }, { clips, seed, signal });
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : accuracyTable(report.accuracies));
    } finally {
      await encoder.dispose();
    }
  });
}
