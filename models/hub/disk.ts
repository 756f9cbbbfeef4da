import type { FileHandle } from 'node:fs/promises';
import { freeBytes, isDiskFull } from '#core/disk.ts';
import { HubError } from './hub-error.ts';

/** What downloading asks of the disk; a test gives one that is full. */
export interface Disk {
  freeBytes(folder: string): Promise<number>;
  /** Writes all of `bytes` at `position`. */
  write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void>;
}

export const localDisk: Disk = {
  freeBytes,
  async write(file, bytes, position) {
    let written = 0;
    while (written < bytes.length) {
      const result = await file.write(bytes, written, bytes.length - written, position + written);
      written += result.bytesWritten;
    }
  },
};

/** Throws `HubError` `disk_full` unless `bytes` more fit into an existing folder. */
export async function requireRoom(disk: Disk, folder: string, bytes: number): Promise<void> {
  const free = await disk.freeBytes(folder);
  if (free < bytes)
    throw new HubError('disk_full', `${folder} has ${gigabytes(free)} free and needs ${gigabytes(bytes)}`);
}

/** The error to throw for one that a file operation threw: a full disk is told apart. */
export function diskError(error: unknown, path: string): unknown {
  return isDiskFull(error) ? new HubError('disk_full', `the disk is full: ${path}`, { cause: error }) : error;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
