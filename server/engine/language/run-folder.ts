import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { AppError } from '#errors';

/** The two files of the LLM, as llama.cpp opens them: the body by a link, the embeddings as our own copy to write into. */
export interface RunFolder {
  readonly body: string;
  readonly embeddings: string;
  dispose(): Promise<void>;
}

const ownedName = /^llm-(\d+)-(\d+)-\w+$/;

/**
 * Makes a folder in `root` that only this process uses, and removes those that dead processes left there. The owner is
 * in the folder's name, so that it has one from the moment it exists. Throws `storage_full`.
 */
export async function openRunFolder(
  root: string,
  source: { readonly body: string; readonly embeddings: string },
): Promise<RunFolder> {
  await mkdir(root, { recursive: true });
  await sweep(root);
  const folder = await mkdtemp(join(root, `llm-${process.pid}-${await startOf(process.pid)}-`));
  const dispose = () => rm(folder, { recursive: true, force: true });
  // llama.cpp finds the second file by the name of the first
  const body = join(folder, basename(source.body));
  const embeddings = join(folder, basename(source.embeddings));
  try {
    await symlink(resolve(source.body), body);
    await copyFile(source.embeddings, embeddings, constants.COPYFILE_FICLONE);
    await chmod(embeddings, 0o600);
  } catch (error) {
    await dispose();
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      const message = 'There is no room on the disk for the working copy of the model; free some space.';
      throw new AppError('storage_full', message, { cause: error });
    }
    throw error;
  }
  return { body, embeddings, dispose };
}

async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const [, pid, start] = ownedName.exec(name) ?? [];
    if (pid === undefined || start === undefined) continue;
    if ((await startOf(Number(pid))) !== start) await rm(join(root, name), { recursive: true, force: true });
  }
}

/**
 * When a process began, in clock ticks since boot; tells it from a later one of the same number, which in a container
 * is the rule. '0' for a living process where /proc is missing, undefined for a dead one.
 */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): field 22, counted from behind the command name, which may hold spaces and brackets
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return isAlive(pid) ? '0' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
