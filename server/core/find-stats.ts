import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errorCode } from './disk.ts';

/** What is at a path; undefined where nothing is. Throws where that cannot be told: no permission, a failing disk. */
export async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const code = errorCode(error);
    // ENOTDIR: a file stands where the path has a folder
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
