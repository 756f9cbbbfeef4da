import { join } from 'node:path';

/** Where pulled packages go, beside the rest of the server's data. */
export function packagesFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['DATA_DIR'] || 'data', 'models');
}
