import { z } from 'zod';
import { meanCosine } from '#models/convert/try-encoder.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { loadPackage } from '#models/package/load.ts';
import { randomFrom } from '#models/world/random.ts';
import { VisionEncoder } from '#engine/vision/vision-encoder.ts';
import { median } from '../timing.ts';

const wholeNumber = parsedBy(z.coerce.number().int().min(1));

/** `bench compare-precisions F32_PACKAGE INT8_PACKAGE`: medians of encoding one made-up clip, and how alike the tokens are. */
export function comparePrecisionsCommand() {
  return newCommand('compare-precisions', 'Encodes one made-up clip with two packages in turn.')
    .argument('<f32>', 'folder of the exact package')
    .argument('<int8>', 'folder of the other')
    .option('--frames <T>', 'frames of the clip', wholeNumber, 8)
    .option('--runs <n>', 'runs that count', wholeNumber, 5)
    .action(comparePrecisions);
}

async function comparePrecisions(
  exact: string,
  fast: string,
  { frames, runs }: { readonly frames: number; readonly runs: number },
): Promise<void> {
  const [f32, int8] = [await open(exact), await open(fast)];
  const shape = [frames, 3, f32.side, f32.side] as const;
  const random = randomFrom('clip');
  const data = Float32Array.from({ length: shape[0] * 3 * f32.side ** 2 }, () => 4 * random.uniform() - 2);
  const encode = async ({ encoder }: typeof f32) => {
    const start = performance.now();
    const tokens = await encoder.encode({ data, shape }, { mode: 'stan' });
    return { tokens, seconds: (performance.now() - start) / 1000 };
  };
  // the first run also reads the weights from the disk
  const [reference, approximate] = [await encode(f32), await encode(int8)];
  const times: { f32: number[]; int8: number[] } = { f32: [], int8: [] };
  for (let run = 0; run < runs; run++) {
    times.f32.push((await encode(f32)).seconds);
    times.int8.push((await encode(int8)).seconds);
  }
  const [slow, quick] = [median(times.f32), median(times.int8)];
  const { width } = reference.tokens;
  const cosine = meanCosine(reference.tokens.data, approximate.tokens.data, width);
  process.stdout.write(
    `f32 ${slow.toFixed(2)} s, int8 ${quick.toFixed(2)} s, ratio ${(quick / slow).toFixed(3)}, mean cosine ${cosine.toFixed(5)}\n`,
  );
}

async function open(folder: string) {
  const modelPackage = await loadPackage(folder);
  return { encoder: await VisionEncoder.load(modelPackage), side: modelPackage.manifest.vision.imageSize };
}
