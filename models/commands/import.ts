import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { checkSources, type ImportRequest, importPackage } from '#models/convert/import-package.ts';
import { isRole, type Role } from '#models/hub/choose-files.ts';
import { resolveSources } from '#models/hub/resolve-source.ts';
import { describeImport } from './describe-package.ts';
import { buildOptions, readMaking } from './import-options.ts';
import { usageError } from './usage-error.ts';

/** `import --llava PATH_OR_REPO [--mmproj FILE] [--clip PATH_OR_REPO] --stan FILE_OR_REPO --out DIR` */
export async function importCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      llava: { type: 'string' },
      mmproj: { type: 'string' },
      clip: { type: 'string' },
      stan: { type: 'string' },
      out: { type: 'string' },
      ...buildOptions,
    },
  });
  const { llava, mmproj, clip, stan, out } = values;
  if (llava === undefined || stan === undefined || out === undefined) {
    throw usageError('--llava PATH_OR_REPO, --stan FILE_OR_REPO and --out DIR');
  }
  const making = readMaking(values);
  const named = new Map<Role, string>(
    Object.entries({ llava, mmproj, clip, stan }).flatMap(([role, source]) =>
      isRole(role) && source !== undefined ? [[role, source] as const] : [],
    ),
  );
  const request = (paths: ReadonlyMap<Role, string>): ImportRequest => ({
    ...making,
    llava: paths.get('llava') ?? llava,
    mmproj: paths.get('mmproj'),
    clip: paths.get('clip'),
    stan: paths.get('stan') ?? stan,
    out,
    name: making.name ?? basename(out),
  });
  const paths = await resolveSources(named, { check: (headers) => checkSources(request(headers)) });
  const imported = await importPackage(request(paths));
  process.stdout.write(describeImport(imported, out));
  return 0;
}
