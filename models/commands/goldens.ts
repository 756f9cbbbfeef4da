import { compareGoldens } from '#models/evaluate/goldens/compare.ts';
import { newCommand } from '#core/command-line.ts';

/** `goldens DIR`: exit code 1 above the tolerance. */
export function goldensCommand() {
  return newCommand('goldens', 'Compares the nets with reference outputs; fails above the tolerance.')
    .argument('<dir>', 'folder of reference outputs')
    .action(async (dir) => {
      const comparisons = await compareGoldens(dir);
      for (const { output, difference, tolerance } of comparisons) {
        const verdict = difference <= tolerance ? 'ok' : `above ${tolerance}`;
        process.stdout.write(`${output.padEnd(42)} ${difference.toExponential(2)}  ${verdict}\n`);
      }
      const isClose = comparisons.every(({ difference, tolerance }) => difference <= tolerance);
      process.exitCode = isClose ? 0 : 1;
    });
}
