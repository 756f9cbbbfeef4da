import { parseArgs } from 'node:util';
import { compareGoldens } from '#models/evaluate/goldens/compare.ts';
import { usageError } from './usage-error.ts';

/** `goldens DIR` */
export async function goldens(args: string[]): Promise<number> {
  const [dir, ...others] = parseArgs({ args, allowPositionals: true }).positionals;
  if (dir === undefined || others.length > 0) throw usageError('goldens DIR');
  const comparisons = await compareGoldens(dir);
  for (const { output, difference, tolerance } of comparisons) {
    const verdict = difference <= tolerance ? 'ok' : `above ${tolerance}`;
    process.stdout.write(`${output.padEnd(42)} ${difference.toExponential(2)}  ${verdict}\n`);
  }
  return comparisons.every(({ difference, tolerance }) => difference <= tolerance) ? 0 : 1;
}
