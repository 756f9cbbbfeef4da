import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '#core/disk.ts';
import { isAbandonedPart } from '#core/part-files.ts';
import { AppError } from '#errors';
import { ClipRows } from './clip-rows.ts';
import type { Database } from './database.ts';

/** Beside the folder of clips: the id of the database that knows them. */
const markerOf = (folder: string): string => `${folder}.database-id`;

export interface SweepOptions {
  readonly database: Database;
  /** Of the clips. */
  readonly folder: string;
  readonly quarantine: string;
}

/**
 * Finishes what a killed process left half-done in the folder of clips, and moves files without a row to the quarantine.
 * Returns how many those were. Throws `storage_unusable`, and changes nothing, where the database does not belong to the
 * folder: a new or an empty one, or that of another server.
 */
export async function sweepClips({ database, folder, quarantine }: SweepOptions): Promise<number> {
  const names = await readdir(folder);
  const rows = new ClipRows(database);
  const unlisted = names.filter((name) => isClip(name) && !rows.has(idOf(name)));
  await requireSameDatabase({ database, folder, rows: rows.count(), unlisted: unlisted.length });
  for (const name of names) {
    if (isAbandonedPart(name)) await rm(join(folder, name), { force: true });
    if (!/^[0-9a-f]{32}\.deleted$/.test(name)) continue;
    // its owner wanted it gone, unless the server was killed before that was written down
    if (rows.has(idOf(name))) await rename(join(folder, name), join(folder, `${idOf(name)}.clip`));
    else await rm(join(folder, name), { force: true });
  }
  if (unlisted.length > 0) await setAside(folder, unlisted, quarantine);
  return unlisted.length;
}

/** Moves files of the folder to a folder of this moment in the quarantine, with a note. */
export async function setAside(folder: string, names: readonly string[], quarantine: string): Promise<void> {
  const target = join(quarantine, new Date().toISOString().replaceAll(/[:.]/g, '-'));
  await mkdir(target, { recursive: true, mode: 0o700 });
  await writeFile(join(target, 'NOTE.txt'), note, { mode: 0o600 });
  for (const name of names) await rename(join(folder, name), join(target, name));
}

const note = `The server found these files in its folder of clips, and no row for them in its database.
Nothing else was done to them. Each is named after the first half of its SHA-256 and is a video file as it was uploaded.
If the database was lost or replaced: stop the server, put the right one back (npm run -s stan-llava -- restore), move the files back.
To have one of them again as a clip, upload it. If nobody misses them, delete this folder.
`;

async function requireSameDatabase(found: {
  readonly database: Database;
  readonly folder: string;
  readonly rows: number;
  readonly unlisted: number;
}): Promise<void> {
  const { database, folder, rows, unlisted } = found;
  const marker = markerOf(folder);
  const id = databaseId(database);
  const expected = await textOf(marker);
  const isOther = expected === undefined ? rows === 0 : expected !== id;
  if (unlisted > 0 && isOther) {
    throw new AppError(
      'storage_unusable',
      `${folder} has ${unlisted} clips that this database does not know; it is new, or another server's. ` +
        'Put the right one back (npm run -s stan-llava -- restore DIR), or set the clips aside (npm run -s stan-llava -- doctor --quarantine).',
    );
  }
  if (expected !== id) await writeFile(marker, id, { mode: 0o600 });
}

/** Names this database, so that the folder of clips can tell it from another; made once. */
export function databaseId(database: Database): string {
  database.run('INSERT OR IGNORE INTO database_id (only, id) VALUES (1, ?)', randomUUID());
  return database.get(z.object({ id: z.string() }), 'SELECT id FROM database_id')?.id ?? '';
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function isClip(name: string): boolean {
  return /^[0-9a-f]{32}\.clip$/.test(name);
}

function idOf(name: string): string {
  return name.slice(0, 32);
}
