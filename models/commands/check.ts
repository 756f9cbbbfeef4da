import { parseArgs } from 'node:util';
import { checkPackage } from '#models/package/check-package.ts';
import { describePackage } from './describe-package.ts';
import { usageError } from './usage-error.ts';

/** `check DIR` */
export async function check(args: string[]): Promise<number> {
  const [dir, ...others] = parseArgs({ args, allowPositionals: true }).positionals;
  if (dir === undefined || others.length > 0) throw usageError('check DIR');
  const manifest = await checkPackage(dir, (finding) => process.stdout.write(`ok  ${finding}\n`));
  process.stdout.write(`${describePackage(manifest)}\n`);
  return 0;
}
