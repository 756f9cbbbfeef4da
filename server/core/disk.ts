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

/** Of a folder that went away, or may not be written any more. */
const unusable: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EROFS', 'EACCES', 'EPERM', 'EIO'];

/**
 * The error to throw for one that file work has thrown: a full disk becomes `storage_full`, a folder that cannot be used
 * `storage_unusable`.
 */
export function diskError(thrown: unknown): unknown {
  if (isDiskFull(thrown)) return new AppError('storage_full', diskFullMessage, { cause: thrown });
  if (!unusable.includes(errorCode(thrown))) return thrown;
  const message = 'The server cannot use its folder of clips; its log says why.';
  return new AppError('storage_unusable', message, { cause: thrown });
}

/** Waits for work on files. Throws what it throws, or as `diskError`. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw diskError(error);
  }
}

/** Bytes that this process may still write to the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await onDisk(statfs(folder));
  return bavail * bsize;
}

/** Throws `storage_full` where that many bytes do not fit in a folder now; other writers may still be faster. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  if (bytes > (await freeBytes(folder))) throw new AppError('storage_full', diskFullMessage);
}
