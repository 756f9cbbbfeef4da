import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import { hashFile } from '#models/package/file-hash.ts';
import { type Disk, diskError, localDisk, requireRoom } from './disk.ts';
import { HubError } from './hub-error.ts';
import type { Hub } from './hub-settings.ts';
import { PartFile } from './part-file.ts';
import { Transfer, type TransferOptions } from './transfer.ts';

export interface DownloadOptions extends TransferOptions {
  readonly disk?: Disk | undefined;
}

/**
 * Downloads `source` to `target` by way of `target.part`, going on where an earlier call was cut off. A file whose
 * known hash is right already is left as it is. A wrong hash or size removes the part; a cut, a full disk or an abort
 * keeps it. Throws `HubError` or the signal's reason.
 */
export async function download(
  hub: Hub,
  source: string,
  target: string,
  options: DownloadOptions = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  const disk = options.disk ?? localDisk;
  try {
    if (await isFinished(target, options)) return;
    await mkdir(dirname(target), { recursive: true });
    const part = await PartFile.open(target, disk, options.signal);
    try {
      await requireRoom(disk, dirname(target), (options.bytes ?? 0) - part.bytes);
      await new Transfer(hub, source, part, options).complete();
      await part.finish();
    } catch (error) {
      if (error instanceof HubError && error.code === 'damaged') await part.remove();
      throw error;
    } finally {
      await part.close();
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw diskError(error, target);
  }
}

async function isFinished(target: string, { bytes, sha256, signal }: DownloadOptions): Promise<boolean> {
  const stats = await findStats(target);
  if (stats?.isFile() !== true || sha256 === undefined) return false;
  return (bytes ?? stats.size) === stats.size && (await hashFile(target, signal)) === sha256;
}
