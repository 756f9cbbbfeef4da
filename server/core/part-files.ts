import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isAlive } from './process-id.ts';

/**
 * Files that are being written carry the id of the process that does, so that nothing half-written ever has a final name
 * and a later start can tell whose leftovers to sweep.
 */
export function partPath(folder: string): string {
  return join(folder, `${randomBytes(16).toString('hex')}.${process.pid}.part`);
}

/** Whether no process writes this part file any more. Ask before writing any: one with our own pid is left over from a previous process. */
export function isAbandonedPart(name: string): boolean {
  const owner = /\.(\d+)\.part$/.exec(name)?.[1];
  if (owner === undefined) return false;
  return Number(owner) === process.pid || !isAlive(Number(owner));
}
