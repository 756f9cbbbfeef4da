import { statfs } from 'node:fs/promises';
import { AppError } from '#errors';

export const diskFullMessage = 'The disk is full; free some space and try again.';

/** The code of a failed system call, such as `ENOENT`. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** What work on files has thrown; a full disk as `storage_full`. */
export function diskError(thrown: unknown): unknown {
  const code = errorCode(thrown);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return thrown;
  return new AppError('storage_full', diskFullMessage, { cause: thrown });
}

/** Waits for work on files. Throws what it throws, a full disk as `storage_full`. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw diskError(error);
  }
}

/** Throws `storage_full` where that many bytes do not fit in a folder now; other writers may still be faster. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bytes > bavail * bsize) throw new AppError('storage_full', diskFullMessage);
}
