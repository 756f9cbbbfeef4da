import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { errorCode } from './disk.ts';

/**
 * Files that are being written carry the id of the process that does, so that nothing half-written ever has a final name
 * and a later start can tell whose leftovers to sweep.
 */
export function partPath(folder: string): string {
  return join(folder, `${randomBytes(16).toString('hex')}.${process.pid}.part`);
}

/** Whether nobody writes this part file any more. Ask before writing any: those under our own id are of an earlier life. */
export function isAbandonedPart(name: string): boolean {
  const owner = /\.(\d+)\.part$/.exec(name)?.[1];
  return owner !== undefined && !isOtherProcess(Number(owner));
}

function isOtherProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
