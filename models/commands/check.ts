import { checkPackage } from '#models/package/check-package.ts';
import { newCommand } from '#core/command-line.ts';
import { describePackage } from './describe-package.ts';

/** `check DIR` */
export function checkCommand() {
  return newCommand('check', 'Reads a package through and runs its encoder once.')
    .argument('<dir>', 'folder of the package')
    .action(async (dir) => {
      const manifest = await checkPackage(dir, (finding) => process.stdout.write(`ok  ${finding}\n`));
      process.stdout.write(`${describePackage(manifest)}\n`);
    });
}
