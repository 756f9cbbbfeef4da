import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { importPackage } from '#models/convert/import-package.ts';
import type { Role } from '#models/hub/choose-files.ts';
import { resolveSource } from '#models/hub/resolve-source.ts';
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
  const path = async (named: string | undefined, role: Role): Promise<string | undefined> =>
    named === undefined ? undefined : resolveSource(named, role);
  const imported = await importPackage({
    ...making,
    llava: await resolveSource(llava, 'llava'),
    mmproj: await path(mmproj, 'mmproj'),
    clip: await path(clip, 'clip'),
    stan: await resolveSource(stan, 'stan'),
    out,
    name: making.name ?? basename(out),
  });
  process.stdout.write(describeImport(imported, out));
  return 0;
}
