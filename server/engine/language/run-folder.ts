import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isDiskFull } from '#core/disk.ts';
import { isAlive } from '#core/process-id.ts';
import { AppError } from '#errors';

/** The two files of the LLM as llama.cpp opens them: the body as a symlink, the embeddings as a private writable copy. */
export interface RunFolder {
  readonly body: string;
  readonly embeddings: string;
  dispose(): Promise<void>;
}

const ownedName = /^llm-(\d+)-(\d+)-\w+$/;

/**
 * Creates a folder in `root` for this process alone, and removes folders of dead processes. The folder's name states its
 * owner, so no folder is ever without one. Throws `storage_full`.
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
    if (isDiskFull(error)) {
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
 * Start time of a process in clock ticks since boot. It distinguishes processes that had the same id one after another,
 * which is the rule in containers. '0' for a live process where /proc is missing, undefined for a dead one.
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
