import { statfs } from 'node:fs/promises';
import { AppError } from '#errors';

export const diskFullMessage = 'The disk is full; free some space and try again.';

/** The code of a failed system call, such as `ENOENT`. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Whether file work failed because the disk, or the user's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The error to throw for one that file work has thrown: a full disk becomes `storage_full`. */
export function diskError(thrown: unknown): unknown {
  return isDiskFull(thrown) ? new AppError('storage_full', diskFullMessage, { cause: thrown }) : thrown;
}

/** Waits for work on files. Throws what it throws, a full disk as `storage_full`. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw diskError(error);
  }
}

/** Bytes that this process may still write to the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws `storage_full` where that many bytes do not fit in a folder now; other writers may still be faster. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  if (bytes > (await freeBytes(folder))) throw new AppError('storage_full', diskFullMessage);
}
