import { access, constants, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { checkDecoder } from '#engine/media/decoder.ts';
import { AppError } from '#errors';
import type { ReadinessChecks } from './health.ts';
import type { Database } from '#store/database.ts';

/** Bytes; below, the next clip may find no room. */
const minFree = 256 * 2 ** 20;

/** Folders that clips go through. */
const folders = ['clips', 'uploads', 'tokens'];

/** What has to be true for the server to do its work. */
export function readinessChecks({
  database,
  dataDir,
  signal,
  queues,
  maxWaiting,
}: {
  readonly database: Database;
  readonly dataDir: string;
  /** Aborts when the server is told to end. */
  readonly signal: AbortSignal;
  /** Work that waits, by queue. */
  readonly queues: () => Readonly<Record<string, { readonly waiting: number }>>;
  /** How many may wait in each. */
  readonly maxWaiting: number;
}): ReadinessChecks {
  return {
    decoder: () => checkDecoder(),
    running: () => signal.throwIfAborted(),
    database: () => void database.get(z.unknown(), 'SELECT 1'),
    queues: () => {
      const full = Object.values(queues()).some(({ waiting }) => waiting >= Math.max(1, maxWaiting));
      if (full) throw new AppError('busy', 'A queue is full.');
    },
    folders: async () => {
      for (const name of folders) await access(join(dataDir, name), constants.R_OK | constants.W_OK);
    },
    disk: async () => {
      const { bavail, bsize } = await statfs(dataDir);
      if (bavail * bsize < minFree) throw new AppError('storage_full', 'The disk is almost full.');
    },
  };
}
