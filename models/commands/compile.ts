import { parseArgs } from 'node:util';
import { compileRun } from '../train/compile-run.ts';
import { misread } from './misread.ts';
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
    throw misread('compile DIR --out PACKAGE');
  process.stdout.write(`${describePackage(await compileRun(dir, values.out))}\n`);
  return 0;
}
