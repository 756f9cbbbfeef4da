import { compileRun } from '#models/train/compile-run.ts';
import { newCommand } from '#core/command-line.ts';
import { describePackage } from './describe-package.ts';

/** `compile DIR --out PACKAGE` */
export function compileCommand() {
  return newCommand('compile', 'Makes a package from a finished training run.')
    .argument('<dir>', 'folder of the run')
    .requiredOption('--out <package>', 'folder of the new package')
    .action(async (dir, { out }) => {
      process.stdout.write(`${describePackage(await compileRun(dir, out))}\n`);
    });
}
