import { join } from 'node:path';
import { importPackage } from '#models/convert/import-package.ts';
import { pull } from '#models/hub/pull.ts';
import { describeImport } from './describe-package.ts';
import { buildOptionsOf, newBuildCommand } from './import-options.ts';
import { packagesFolder } from './packages-folder.ts';

/** `pull NAME [--out DIR]` */
export function pullCommand() {
  return newBuildCommand('pull', "Downloads a package's public weights and imports them.")
    .argument('<name>', 'as `models list` shows it')
    .option('--out <dir>', 'folder of the new package (DATA_DIR/models/NAME)')
    .action(async (name, options) => {
      const { out = join(packagesFolder(), name) } = options;
      const imported = await pull(name, {
        out,
        importPackage: (sources) =>
          importPackage({ ...buildOptionsOf(options), ...sources, name: options.name ?? name }),
      });
      process.stdout.write(describeImport(imported, out));
    });
}
