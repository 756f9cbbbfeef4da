import { parseArgs } from 'node:util';
import { meanCosine } from '#models/convert/try-encoder.ts';
import { loadPackage } from '#models/package/load.ts';
import { runCommand } from '#models/run-command.ts';
import { randomFrom } from '#models/world/random.ts';
import { VisionEncoder } from '#engine/vision/vision-encoder.ts';
import { median } from '../timing.ts';

const usage = `Usage: node --import tsx bench/real-size/compare-precisions.ts F32_PACKAGE INT8_PACKAGE [--frames T] [--runs N]

Encodes one made-up clip with both packages in turn, and prints the medians, their ratio and the tokens' mean cosine.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { frames: { type: 'string', default: '8' }, runs: { type: 'string', default: '5' } },
  });
  const [exact, fast] = positionals;
  if (exact === undefined || fast === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const [f32, int8] = [await open(exact), await open(fast)];
  const shape = [Number(values.frames), 3, f32.side, f32.side] as const;
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
  for (let run = 0; run < Number(values.runs); run++) {
    times.f32.push((await encode(f32)).seconds);
    times.int8.push((await encode(int8)).seconds);
  }
  const [slow, quick] = [median(times.f32), median(times.int8)];
  const { width } = reference.tokens;
  const cosine = meanCosine(reference.tokens.data, approximate.tokens.data, width);
  process.stdout.write(
    `f32 ${slow.toFixed(2)} s, int8 ${quick.toFixed(2)} s, ratio ${(quick / slow).toFixed(3)}, mean cosine ${cosine.toFixed(5)}\n`,
  );
  return 0;
}

async function open(folder: string) {
  const modelPackage = await loadPackage(folder);
  return { encoder: await VisionEncoder.load(modelPackage), side: modelPackage.manifest.vision.imageSize };
}

await runCommand(usage, main);
