import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file all or nothing: into `path`.part, flushed, then renamed. A crash leaves the old file as it was, a
 * failure leaves no part file.
 */
export async function replaceFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, 'w');
  try {
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
