import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes } from '#core/disk.ts';
import { toAppError } from '#errors';
import { ClipRows } from './clip-rows.ts';
import { DataLock } from './data-lock.ts';
import { Database } from './database.ts';
import { isClip, setAside } from './sweep-clips.ts';
import { operator } from './viewer.ts';

export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly details: string;
}

/** Bytes; below, the next clip may find no room. */
const minFree = 256 * 2 ** 20;

/** Examines what a server keeps in `dataDir`; changes nothing but what opening the database does. */
export async function examine(dataDir: string): Promise<Finding[]> {
  if (!existsSync(dataDir)) {
    return [
      {
        what: 'folder',
        ok: true,
        details: `${dataDir} is not there yet: a server makes it at its first start`,
      },
    ];
  }
  const findings: Finding[] = [];
  const owner = DataLock.owner(dataDir);
  const details =
    owner === undefined ? 'no server' : `process ${owner.pid}, last sign of life ${owner.alive}`;
  findings.push({ what: 'owner', ok: true, details });
  const free = await freeBytes(dataDir);
  findings.push({ what: 'disk', ok: free >= minFree, details: `${free} bytes free` });
  let database: Database;
  try {
    database = Database.open(join(dataDir, 'stan-llava.db'));
  } catch (error) {
    return [...findings, { what: 'database', ok: false, details: toAppError(error).message }];
  }
  try {
    findings.push({ what: 'database', ok: true, details: 'whole' });
    const rows = new ClipRows(database);
    const clips = rows.newest(operator, Number.MAX_SAFE_INTEGER);
    const lost = clips.filter(({ id }) => !existsSync(join(dataDir, 'clips', `${id}.clip`)));
    const unlisted = (await clipFiles(dataDir)).filter((name) => !rows.has(name.slice(0, 32)));
    const files = `${clips.length} clips, ${lost.length} without a file, ${unlisted.length} files without a row`;
    findings.push({ what: 'clips', ok: lost.length + unlisted.length === 0, details: files });
  } finally {
    database.close();
  }
  return findings;
}

/** Moves the clips that the database does not know to the quarantine. Returns how many. Throws where a server runs there. */
export async function quarantine(dataDir: string): Promise<number> {
  const lock = DataLock.take(dataDir);
  try {
    const database = Database.open(join(dataDir, 'stan-llava.db'));
    try {
      const rows = new ClipRows(database);
      const unlisted = (await clipFiles(dataDir)).filter((name) => !rows.has(name.slice(0, 32)));
      if (unlisted.length > 0) await setAside(join(dataDir, 'clips'), unlisted, join(dataDir, 'quarantine'));
      return unlisted.length;
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

async function clipFiles(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, 'clips');
  return existsSync(folder) ? (await readdir(folder)).filter(isClip) : [];
}
