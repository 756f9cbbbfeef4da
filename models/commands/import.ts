import { basename } from 'node:path';
import { checkSources, type ImportRequest, importPackage } from '#models/convert/import-package.ts';
import { type Role, roles } from '#models/hub/choose-files.ts';
import { resolveSources } from '#models/hub/resolve-source.ts';
import { describeImport } from './describe-package.ts';
import { buildOptionsOf, newBuildCommand } from './import-options.ts';

/** `import --llava PATH_OR_REPO [--mmproj FILE] [--clip PATH_OR_REPO] --stan FILE_OR_REPO --out DIR` */
export function importCommand() {
  return newBuildCommand('import', 'Makes a package of weights you have, or of repositories of the hub.')
    .requiredOption('--llava <path-or-repo>', 'LLaVA: a folder of Hugging Face, a GGUF file, or a repository')
    .option('--mmproj <file>', "LLaVA's projector and tower, beside a GGUF file")
    .option('--clip <path-or-repo>', 'the CLIP that the branch was trained on, for search')
    .requiredOption('--stan <file-or-repo>', 'weights of Mug-STAN or BT-Adapter')
    .requiredOption('--out <dir>', 'folder of the new package')
    .addHelpText(
      'after',
      '\nRepositories are owner/name, owner/name@revision or owner/name:file. HF_TOKEN and HF_ENDPOINT are honoured.',
    )
    .action(async (options) => {
      const { llava, stan, out } = options;
      const build = buildOptionsOf(options);
      const named = new Map<Role, string>();
      for (const role of roles) if (options[role] !== undefined) named.set(role, options[role]);
      const request = (paths: ReadonlyMap<Role, string>): ImportRequest => ({
        ...build,
        llava: paths.get('llava') ?? llava,
        mmproj: paths.get('mmproj'),
        clip: paths.get('clip'),
        stan: paths.get('stan') ?? stan,
        out,
        name: options.name ?? basename(out),
      });
      const paths = await resolveSources(named, { check: (headers) => checkSources(request(headers)) });
      const imported = await importPackage(request(paths));
      process.stdout.write(describeImport(imported, out));
    });
}
