import { errorCode } from './disk.ts';

/** Whether a process with this id runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it is there, and belongs to somebody else
    return errorCode(error) === 'EPERM';
  }
}
