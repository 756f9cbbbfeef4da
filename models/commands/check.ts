import { parseArgs } from 'node:util';
import { checkPackage } from '../package/check-package.ts';
import { describePackage } from './describe-package.ts';
import { misread } from './misread.ts';

/** `check DIR` */
export async function check(args: string[]): Promise<number> {
  const [dir, ...others] = parseArgs({ args, allowPositionals: true }).positionals;
  if (dir === undefined || others.length > 0) throw misread('check DIR');
  const manifest = await checkPackage(dir, (finding) => process.stdout.write(`ok  ${finding}\n`));
  process.stdout.write(`${describePackage(manifest)}\n`);
  return 0;
}
