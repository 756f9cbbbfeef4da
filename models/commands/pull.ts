import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkSources, type ImportRequest, importPackage } from '#models/convert/import-package.ts';
import { type Role, roles } from '#models/hub/choose-files.ts';
import { type ImportSources, pull } from '#models/hub/pull.ts';
import { describeImport } from './describe-package.ts';
import { buildOptions, readMaking } from './import-options.ts';
import { usageError } from './usage-error.ts';
import { packagesFolder } from './packages-folder.ts';

const sourceOptions = {
  llava: { type: 'string' },
  mmproj: { type: 'string' },
  clip: { type: 'string' },
  stan: { type: 'string' },
} as const;

/** `pull NAME [--out DIR] [--stan REPO:FILE]` */
export async function pullCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { out: { type: 'string' }, ...sourceOptions, ...buildOptions },
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0)
    throw usageError('pull NAME (npm run -s models -- list shows them)');
  const making = readMaking(values);
  const instead = new Map<Role, string>();
  for (const role of roles) if (values[role] !== undefined) instead.set(role, values[role]);
  const out = values.out ?? join(packagesFolder(), name);
  const request = (sources: ImportSources): ImportRequest => ({
    ...making,
    ...sources,
    name: making.name ?? name,
  });
  const imported = await pull(name, {
    out,
    instead,
    checkSources: (sources) => checkSources(request(sources)),
    importPackage: (sources) => importPackage(request(sources)),
  });
  process.stdout.write(describeImport(imported, out));
  return 0;
}
