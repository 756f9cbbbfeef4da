import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readCatalogue } from '#models/hub/catalogue.ts';
import { PackageError } from '#models/package/package-error.ts';
import { readManifest } from '#models/package/read-manifest.ts';
import { newCommand } from '#core/command-line.ts';
import { describePackage } from './describe-package.ts';
import { packagesFolder } from './packages-folder.ts';

/** `list` */
export function listCommand() {
  return newCommand('list', 'Lists packages that are here, and those that can be pulled.').action(list);
}

async function list(): Promise<void> {
  const lines = ['Here:'];
  for (const dir of ['models/demo', ...(await foldersIn(packagesFolder()))]) lines.push(await describe(dir));
  lines.push('', 'Can be pulled with: npm run -s models -- pull NAME');
  for (const [name, { title, caveat, gigabytes, imageSize, licence }] of Object.entries(readCatalogue())) {
    lines.push(`  ${name.padEnd(26)} ${title}, ${imageSize} px, downloads about ${gigabytes} GB`);
    lines.push(`  ${''.padEnd(26)} ${caveat}`, `  ${''.padEnd(26)} ${licence}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const isWhole = (name: string): boolean => !name.includes('.part-');
  return entries
    .filter((entry) => entry.isDirectory() && isWhole(entry.name))
    .map(({ name }) => join(folder, name))
    .sort();
}

/** By the manifest alone: `check` is what reads the files. */
async function describe(dir: string): Promise<string> {
  try {
    return `  ${dir.padEnd(26)} ${describePackage(await readManifest(dir))}`;
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    return `  ${dir.padEnd(26)} not usable: ${error.message}`;
  }
}
