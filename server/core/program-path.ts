import { access, constants } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';

/** Where the shell would find a program, as an absolute path; undefined where it would not. */
export async function programPath(program: string): Promise<string | undefined> {
  if (program.includes('/') || process.platform === 'win32') return resolve(program);
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = resolve(folder, program);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
