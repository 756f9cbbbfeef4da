import { createHash } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, onDisk } from '#core/disk.ts';
import { AppError } from '#errors';
import { DataLock } from './data-lock.ts';
import { Database } from './database.ts';

const databaseName = 'stan-llava.db';
const clipRow = z.object({ id: z.string(), sha256: z.string() });

/**
 * Copies what a server keeps in `dataDir` into `target`: the database as it is at one moment, also while the server
 * runs, and the clips it knows. Clips that `target` has already are not copied again; caches and unfinished uploads are
 * left out. Returns how many clips the copy has. Throws `not_found`, `storage_full`, `busy`.
 */
export async function backup(dataDir: string, target: string): Promise<number> {
  const source = join(dataDir, databaseName);
  if (!existsSync(source)) throw new AppError('not_found', `${dataDir} has no ${databaseName}.`);
  await onDisk(mkdir(join(target, 'clips'), { recursive: true, mode: 0o700 }));
  const part = join(target, `${databaseName}.part`);
  await rm(part, { force: true });
  const live = Database.open(source);
  try {
    live.run('VACUUM INTO ?', part);
  } finally {
    live.close();
  }
  await chmod(part, 0o600);
  const copy = Database.open(part);
  let count = 0;
  try {
    for (const { id } of copy.all(clipRow, 'SELECT id, sha256 FROM videos')) {
      if (await copyClip(join(dataDir, 'clips'), join(target, 'clips'), id)) count += 1;
      // deleted since the moment of the copy
      else copy.run('DELETE FROM videos WHERE id = ?', id);
    }
    copy.erase();
  } finally {
    copy.close();
  }
  await rename(part, join(target, databaseName));
  return count;
}

/**
 * Puts a backup into `dataDir`, which must have neither a database nor clips; every clip is checked against its hash
 * first. Returns how many clips there are. Throws `storage_unusable` where a server runs there or the backup is damaged,
 * `conflict` where there is something already.
 */
export async function restore(from: string, dataDir: string): Promise<number> {
  const source = join(from, databaseName);
  if (!existsSync(source))
    throw new AppError('not_found', `${from} is no backup: it has no ${databaseName}.`);
  const lock = DataLock.take(dataDir);
  try {
    const clips = join(dataDir, 'clips');
    if (existsSync(join(dataDir, databaseName)) || (await namesIn(clips)).length > 0) {
      const message = `${dataDir} has a database or clips already; move them away first.`;
      throw new AppError('conflict', message);
    }
    const known = Database.open(source);
    const rows = known.all(clipRow, 'SELECT id, sha256 FROM videos');
    known.close();
    for (const { id, sha256 } of rows) await requireWhole(join(from, 'clips', `${id}.clip`), sha256);
    await onDisk(mkdir(clips, { recursive: true, mode: 0o700 }));
    for (const { id } of rows) await copyClip(join(from, 'clips'), clips, id);
    // last, so that a restore that was cut short is no server's folder
    const part = join(dataDir, `${databaseName}.part`);
    await onDisk(copyFile(source, part, constants.COPYFILE_FICLONE));
    await chmod(part, 0o600);
    await rm(`${clips}.database-id`, { force: true });
    await rename(part, join(dataDir, databaseName));
    return rows.length;
  } finally {
    lock.release();
  }
}

/** False where the clip is not there. */
async function copyClip(from: string, to: string, id: string): Promise<boolean> {
  const [source, target] = [join(from, `${id}.clip`), join(to, `${id}.clip`)];
  try {
    const { size } = await stat(source);
    if (existsSync(target) && (await stat(target)).size === size) return true;
    const part = `${target}.part`;
    await onDisk(copyFile(source, part, constants.COPYFILE_FICLONE));
    await rename(part, target);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function requireWhole(path: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (cause) {
    throw new AppError('storage_unusable', `${path} cannot be read; the backup is not whole.`, { cause });
  }
  if (hash.digest('hex') !== sha256) throw new AppError('storage_unusable', `${path} is damaged.`);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
