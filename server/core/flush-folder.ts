import { closeSync, fsyncSync, openSync } from 'node:fs';

/** A rename is safe from a power cut only when the folder is on disk too. */
export function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
