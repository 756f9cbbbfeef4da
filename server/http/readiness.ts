import { statfs } from 'node:fs/promises';
import { z } from 'zod';
import { findDecoder } from '#engine/media/decoder.ts';
import { AppError } from '#errors';
import type { ReadinessChecks } from './health.ts';
import type { Database } from '#store/database.ts';

/** Bytes; below, the next clip may find no room. */
const minFree = 256 * 2 ** 20;

/** What has to be true for the server to do its work. */
export function readinessChecks({
  database,
  dataDir,
  signal,
}: {
  readonly database: Database;
  readonly dataDir: string;
  /** Aborts when the server is told to end. */
  readonly signal: AbortSignal;
}): ReadinessChecks {
  return {
    decoder: async () => void (await findDecoder()),
    running: () => signal.throwIfAborted(),
    database: () => void database.get(z.unknown(), 'SELECT 1'),
    disk: async () => {
      const { bavail, bsize } = await statfs(dataDir);
      if (bavail * bsize < minFree) throw new AppError('storage_full', 'The disk is almost full.');
    },
  };
}
