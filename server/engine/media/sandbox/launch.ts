import { extname } from 'node:path';
import { AppError } from '#errors';
import { programPath } from '#core/program-path.ts';
import { namespaceWords } from './namespaces.ts';
import { type ProgramFiles, programFiles } from './program-files.ts';
import { seccompFilter } from './seccomp-filter.ts';

/**
 * How far a decoder is isolated from the server. `bubblewrap`: it sees nothing but itself and one clip, and many system calls
 * are refused. `namespaces`: the same without that filter, and slower to start. `limits`: bounds of time and memory alone.
 * The last two are no sandbox.
 */
export type SandboxLevel = 'bubblewrap' | 'namespaces' | 'limits' | 'none';

export interface Limits {
  /** Seconds of processor time, all threads together. */
  readonly cpuSeconds: number;
  /** Bytes of private memory. */
  readonly memory: number;
}

/** A program to start, confined. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Where the program finds the clip. */
  readonly clip: string;
  /** Seccomp filter to write into pipe 4. */
  readonly filter?: Buffer | undefined;
}

export interface LaunchRequest {
  /** Absolute path. */
  readonly program: string;
  /** Absolute path of the one file that it reads. */
  readonly clip: string;
  readonly limits: Limits;
}

/** A way to confine a program; the words before the program's own become it by exec, or end with it. */
export interface Confinement {
  readonly level: SandboxLevel;
  launch(request: LaunchRequest, args: (clip: string) => readonly string[]): Promise<Launch>;
}

/** The id of the user `nobody`. */
const nobody = '65534';
/** The descriptor that bubblewrap reads the filter from. */
const filterPipe = '4';

const dropAll = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--'];

/** Namespaces of its own, no user of the machine, no capability, an empty /proc; it ends with the server. */
const bubblewrapWords = [
  '--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try',
  `--uid ${nobody} --gid ${nobody} --cap-drop ALL`,
  '--die-with-parent --new-session --chdir /',
  '--dir /proc --dev-bind /dev/null /dev/null',
].flatMap((words) => words.split(' '));

const bubblewrap: Confinement = {
  level: 'bubblewrap',
  async launch({ program, clip, limits }, args) {
    const shown = `/clip${extname(clip)}`;
    const filter = seccompFilter();
    const files = await filesOf(program);
    const mounts = files.mounts.flatMap(({ source, target }) => ['--ro-bind', source, target]);
    const filtered = filter === undefined ? [] : ['--seccomp', filterPipe];
    const words = [
      ...limitWords(limits),
      'bwrap',
      ...bubblewrapWords,
      ...mounts,
      '--ro-bind',
      clip,
      shown,
      '--remount-ro',
      '/',
      ...filtered,
      '--',
      files.program,
    ];
    return { ...commandOf([...words, ...args(shown)]), clip: shown, filter };
  },
};

const known = new Map<string, Promise<ProgramFiles>>();

/** After a program could not be started: it may have been replaced, with other libraries. */
export function forgetFiles(program: string): void {
  known.delete(program);
}

function filesOf(program: string): Promise<ProgramFiles> {
  const files = known.get(program) ?? programFiles(program);
  known.set(program, files);
  files.catch(() => known.delete(program));
  return files;
}

/** In this order; the first that runs the program is taken. */
export const confinements: readonly Confinement[] = [
  bubblewrap,
  namespaces([]),
  namespaces(['--map-root-user']),
  prefixed('limits', ['setpriv', '--no-new-privs', '--']),
  prefixed('limits', []),
  {
    level: 'none',
    launch: async ({ program, clip }, args) => ({ ...commandOf([program, ...args(clip)]), clip }),
  },
];

/** What bubblewrap does, as far as util-linux can: no filter of system calls, and no user of its own. */
function namespaces(user: readonly string[]): Confinement {
  return {
    level: 'namespaces',
    async launch({ program, clip, limits }, args) {
      const shown = `/clip${extname(clip)}`;
      const setpriv = await programPath('setpriv');
      if (setpriv === undefined) throw new AppError('unsupported', 'There is no setpriv here.');
      const [files, next] = await Promise.all([filesOf(program), filesOf(setpriv)]);
      const mounts = [...files.mounts, ...next.mounts, { source: clip, target: shown }];
      const words = [...limitWords(limits), ...namespaceWords(user, mounts)];
      return {
        ...commandOf([...words, next.program, ...dropAll, files.program, ...args(shown)]),
        clip: shown,
      };
    },
  };
}

function prefixed(level: SandboxLevel, words: readonly string[]): Confinement {
  return {
    level,
    async launch({ program, clip, limits }, args) {
      return { ...commandOf([...limitWords(limits), ...words, program, ...args(clip)]), clip };
    },
  };
}

function limitWords({ cpuSeconds, memory }: Limits): string[] {
  // RLIMIT_DATA and not RLIMIT_AS: address space that threads reserve and never touch would count in the latter.
  // Pipes are no files: it writes none.
  return ['prlimit', `--data=${memory}`, `--cpu=${cpuSeconds}`, '--fsize=0', '--core=0', '--'];
}

function commandOf(words: readonly string[]): Pick<Launch, 'command' | 'args'> {
  const [command = '', ...args] = words;
  return { command, args };
}
