import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meanCosine, meanLengthRatio } from '#models/convert/try-encoder.ts';
import type { Accuracy } from '#models/evaluate/accuracy.ts';
import { measureWorldChat } from '#models/evaluate/runners/world-chat.ts';
import { normalizePixels, resizeFrame } from '#models/package/preprocess.ts';
import { progressBar } from '#models/progress.ts';
import { textTable } from '#models/text-table.ts';
import { openDemoEncoder } from '#models/train/tap/demo-encoder.ts';
import { fitProjector, paperTap } from '#models/train/tap/fit-projector.ts';
import { writeVariant } from '#models/train/tap/write-variant.ts';
import { drawClip, splitRandom } from '#models/world/dataset.ts';
import { renderFrames } from '#models/world/render.ts';
import { readConfig } from '#config';
import { VisionEncoder } from '#engine/vision/vision-encoder.ts';
import { newWorldCommand, wholeNumber } from './options.ts';
import { openPackage } from './open-package.ts';
import { ServerSceneChat } from './scene-chat.ts';

const fusions = ['sum', 'mean', 'matched'] as const;
/** Clips whose tokens are compared. */
const compared = 20;
const drawnSize = 240;

interface Change {
  /** Length of the tokens with the branch over that without, and the cosine between them: means over tokens and clips. */
  readonly ratio: number;
  readonly cosine: number;
}

interface Row {
  readonly name: string;
  readonly change?: Change;
  readonly accuracies: Record<string, Accuracy>;
}

/** `eval fusion` */
export function fusionCommand(signal: AbortSignal) {
  const about =
    "Asks a demo package about clips with its tokens read where LLaVA reads them, by each fusion of the branch's tokens.";
  return newWorldCommand('fusion', about, 100)
    .option(
      '--pictures <n>',
      'pictures that the projector for that layer is fitted to',
      wholeNumber(100, 100_000),
      3000,
    )
    .option('--steps <n>', 'steps of that', wholeNumber(1, 1_000_000), 4000)
    .action(async ({ package: folder, clips, seed, json, pictures, steps }) => {
      const { dataDir } = readConfig({}, process.env);
      const { manifest } = await openPackage(folder, { dataDir, signal });
      const encoder = await openDemoEncoder(folder, manifest.vision);
      const fitting = { pictures, steps, seed: 1, onProgress: progressBar('fitting the projector') };
      const { weights, explained } = await fitProjector(encoder, manifest.vision, fitting);
      const work = await mkdtemp(join(tmpdir(), 'stan-llava-fusion-'));
      const ask = async (dir: string, mode: 'stan' | 'plain') => {
        const chat = await ServerSceneChat.start(dir, mode, signal);
        try {
          return await measureWorldChat(chat, { clips, seed, signal });
        } finally {
          await chat.stop();
        }
      };
      try {
        const rows: Row[] = [];
        for (const fusion of fusions) {
          const out = join(work, fusion);
          const { arch } = encoder;
          const tokens = { ...arch.tokens, ...paperTap, fusion };
          const variant = { arch: { ...arch, tokens }, weights: new Map([...encoder.weights, ...weights]) };
          await writeVariant(folder, manifest, variant, out);
          if (rows.length === 0) rows.push({ name: 'plain', accuracies: await ask(out, 'plain') });
          rows.push({ name: fusion, change: await changeOf(out), accuracies: await ask(out, 'stan') });
          // minutes pass between them
          process.stderr.write(show(rows, explained));
        }
        const report = { package: folder, clips, seed, explained, rows };
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : show(rows, explained));
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    });

  async function changeOf(dir: string): Promise<Change> {
    const { dataDir } = readConfig({}, process.env);
    const modelPackage = await openPackage(dir, { dataDir, signal });
    const { vision } = modelPackage.manifest;
    const encoder = await VisionEncoder.load(modelPackage);
    try {
      let [ratio, cosine] = [0, 0];
      for (let clip = 0; clip < compared; clip++) {
        const scene = drawClip(splitRandom('validation', clip));
        const times = Array.from({ length: vision.frames }, (_, frame) => (frame + 0.5) / vision.frames);
        const drawn = await renderFrames(scene, times, drawnSize);
        const frames = await Promise.all(
          drawn.map((rgb) => resizeFrame({ width: drawnSize, height: drawnSize, rgb }, vision)),
        );
        const shape = [vision.frames, 3, vision.imageSize, vision.imageSize] as const;
        const pixels = { data: normalizePixels(frames, vision), shape };
        const { data: fused, width } = await encoder.encode(pixels, { mode: 'stan', signal });
        const { data: plain } = await encoder.encode(pixels, { mode: 'plain', signal });
        ratio += meanLengthRatio(fused, plain, width) / compared;
        cosine += meanCosine(fused, plain, width) / compared;
      }
      return { ratio, cosine };
    } finally {
      await encoder.dispose();
    }
  }
}

function show(rows: readonly Row[], explained: number): string {
  const percent = ({ share, standardError }: Accuracy): string =>
    `${(share * 100).toFixed(1)} +- ${(standardError * 100).toFixed(1)}`;
  const questions = Object.keys(rows[0]?.accuracies ?? {});
  const table = textTable([
    ['fusion', 'length', 'cosine', ...questions],
    ...rows.map(({ name, change, accuracies }) => [
      name,
      change?.ratio.toFixed(2) ?? '-',
      change?.cosine.toFixed(3) ?? '-',
      ...Object.values(accuracies).map(percent),
    ]),
  ]);
  return `the projector explains ${(explained * 100).toFixed(1)} % of the tokens of plain pictures\n${table}`;
}
