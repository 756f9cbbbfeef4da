import { join } from 'node:path';
import { checkSources, type ImportRequest, importPackage } from '#models/convert/import-package.ts';
import { type Role, roles } from '#models/hub/choose-files.ts';
import { type ImportSources, pull } from '#models/hub/pull.ts';
import { describeImport } from './describe-package.ts';
import { buildOptionsOf, newBuildCommand } from './import-options.ts';
import { packagesFolder } from './packages-folder.ts';

/** `pull NAME [--out DIR] [--stan REPO:FILE]` */
export function pullCommand() {
  return newBuildCommand('pull', "Downloads a package's public weights and imports them.")
    .argument('<name>', 'as `models list` shows it')
    .option('--out <dir>', 'folder of the new package (DATA_DIR/models/NAME)')
    .option('--llava <repo>', "another source in place of the catalogue's LLaVA (owner/name:file)")
    .option('--mmproj <repo>', '... of its projector')
    .option('--clip <repo>', '... of its CLIP')
    .option('--stan <repo>', '... of its branch')
    .action(async (name, options) => {
      const { out = join(packagesFolder(), name) } = options;
      const build = buildOptionsOf(options);
      const instead = new Map<Role, string>();
      for (const role of roles) if (options[role] !== undefined) instead.set(role, options[role]);
      const request = (sources: ImportSources): ImportRequest => ({
        ...build,
        ...sources,
        name: options.name ?? name,
      });
      const imported = await pull(name, {
        out,
        instead,
        checkSources: (sources) => checkSources(request(sources)),
        importPackage: (sources) => importPackage(request(sources)),
      });
      process.stdout.write(describeImport(imported, out));
    });
}
