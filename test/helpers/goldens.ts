import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const { GOLDENS_DIR = join(import.meta.dirname, '../../../shared/goldens') } = process.env;
const folder = resolve(GOLDENS_DIR);

/** A reference file computed by the method authors' code, and why a test that needs it has to be skipped, if so. */
export function golden(name: string): { path: string; skip: string | false } {
  const path = join(folder, name);
  return { path, skip: existsSync(path) ? false : `no reference file ${name}; set GOLDENS_DIR` };
}
