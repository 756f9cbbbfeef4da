import { parseArgs } from 'node:util';
import { compareGoldens } from './evaluate/goldens/compare.ts';
import { runCommand } from './run-command.ts';
import { compileRun } from './train/compile-run.ts';

const usage = `Usage: npm run -s models -- COMMAND
  compile DIR --out PACKAGE   make a package from a finished training run
  goldens DIR                 compare the nets with reference outputs; fails above the tolerance`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  const [command, dir, ...others] = positionals;
  if (values.help || others.length > 0 || dir === undefined) {
    process.stderr.write(`${usage}\n`);
    return values.help ? 0 : 2;
  }
  if (command === 'compile' && values.out !== undefined) {
    const { name, files } = await compileRun(dir, values.out);
    const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    process.stdout.write(
      `package ${name}: ${Object.keys(files).length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB\n`,
    );
    return 0;
  }
  if (command === 'goldens') return goldens(dir);
  process.stderr.write(`${usage}\n`);
  return 2;
}

async function goldens(dir: string): Promise<number> {
  const comparisons = await compareGoldens(dir);
  for (const { output, difference, tolerance } of comparisons) {
    const verdict = difference <= tolerance ? 'ok' : `above ${tolerance}`;
    process.stdout.write(`${output.padEnd(42)} ${difference.toExponential(2)}  ${verdict}\n`);
  }
  return comparisons.every(({ difference, tolerance }) => difference <= tolerance) ? 0 : 1;
}

await runCommand(usage, main);
