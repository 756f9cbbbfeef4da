import { execFile } from 'node:child_process';
import { open, readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file or folder, and where the sandbox shows it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
}

/** Links to the one of several that is chosen. */
const alternatives = '/etc/alternatives';
/** What Debian's libraries are found by, besides: the loader's list. */
const loaderFiles = ['/etc/ld.so.cache', alternatives];
const systemFolders = ['/usr', '/bin', '/lib', '/lib64'];

export interface ProgramFiles {
  /** The program's own path, links resolved. */
  readonly program: string;
  readonly mounts: readonly Mount[];
}

/**
 * All that a program needs to be started: itself and its shared libraries. Folders of the system's libraries are shown
 * whole, since a mount for each of two hundred files takes 100 ms at every start. A script, which may start anything, is
 * shown the system's programs.
 */
export async function programFiles(program: string): Promise<ProgramFiles> {
  const self = await realpath(program);
  const others = (await isScript(self)) ? systemFolders : [...(await libraryPaths(self))];
  const mounts = new Map([[self, self]]);
  for (const target of [...loaderFiles, ...others]) {
    const source = await realpath(target).catch(() => undefined);
    if (source !== undefined) mounts.set(target, source);
  }
  const all = [...mounts].map(([target, source]) => ({ source, target }));
  return { program: self, mounts: withoutNested(all) };
}

async function isScript(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return buffer.toString('latin1') === '#!';
}

/** Folders of the system's libraries, and libraries elsewhere, by every path that the loader follows. */
async function libraryPaths(program: string): Promise<Set<string>> {
  // prints nothing for a program that is linked statically
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }));
  const paths = new Set<string>();
  for (const line of stdout.split('\n')) {
    const [library] = /\/\S+(?= \(0x)/.exec(line) ?? [];
    if (library === undefined) continue;
    for (const step of await linksFrom(library)) {
      // shown whole; a mount on a link inside it would have nowhere to go
      if (dirname(step) === alternatives) continue;
      paths.add(isOfSystem(step) ? dirname(step) : step);
    }
  }
  return paths;
}

function isOfSystem(path: string): boolean {
  return /^(\/usr)?\/lib(32|64|x32)?\/./.test(path);
}

/** A path and those that its last link leads through, to the file. */
async function linksFrom(path: string): Promise<string[]> {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return [path];
  return [path, ...(await linksFrom(resolve(dirname(path), target)))];
}

/** Mounts that another one shows already are left out. */
function withoutNested(mounts: readonly Mount[]): Mount[] {
  const within = (inner: Mount, outer: Mount): boolean =>
    inner.target.startsWith(`${outer.target}/`) && inner.source.startsWith(`${outer.source}/`);
  return mounts.filter((mount) => !mounts.some((other) => within(mount, other)));
}
