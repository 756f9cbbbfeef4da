import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { importPackage } from '#models/convert/import-package.ts';
import { pull } from '#models/hub/pull.ts';
import { describeImport } from './describe-package.ts';
import { buildOptions, readMaking } from './import-options.ts';
import { usageError } from './usage-error.ts';
import { packagesFolder } from './packages-folder.ts';

/** `pull NAME [--out DIR]` */
export async function pullCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { out: { type: 'string' }, ...buildOptions },
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0)
    throw usageError('pull NAME (npm run -s models -- list shows them)');
  const making = readMaking(values);
  const out = values.out ?? join(packagesFolder(), name);
  const imported = await pull(name, {
    out,
    importPackage: (sources) => importPackage({ ...making, ...sources, name: making.name ?? name }),
  });
  process.stdout.write(describeImport(imported, out));
  return 0;
}
