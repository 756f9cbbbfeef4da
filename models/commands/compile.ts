import { parseArgs } from 'node:util';
import { compileRun } from '#models/train/compile-run.ts';
import { usageError } from './usage-error.ts';
import { describePackage } from './describe-package.ts';

/** `compile DIR --out PACKAGE` */
export async function compile(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { out: { type: 'string' } },
  });
  const [dir, ...others] = positionals;
  if (dir === undefined || others.length > 0 || values.out === undefined)
    throw usageError('compile DIR --out PACKAGE');
  process.stdout.write(`${describePackage(await compileRun(dir, values.out))}\n`);
  return 0;
}
