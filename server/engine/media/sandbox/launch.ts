import { extname } from 'node:path';
import { programFiles } from './program-files.ts';
import { seccompFilter } from './seccomp-filter.ts';

/**
 * How far a decoder is kept apart from the server. `bubblewrap`: it sees nothing but itself and one clip. `namespaces`: it sees
 * no network and no other process. `limits`: bounds of time and memory alone. The last two are no sandbox.
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

/** Nobody's id on every Linux. */
const nobody = '65534';
/** The descriptor that bubblewrap reads the filter from. */
const filterPipe = '4';

const namespaces = ['--pid', '--fork', '--kill-child', '--mount-proc', '--net', '--ipc', '--uts', '--'];
const noPrivileges = ['setpriv', '--no-new-privs'];
const dropAll = ['--bounding-set=-all', '--inh-caps=-all'];

const bubblewrap: Confinement = {
  level: 'bubblewrap',
  async launch({ program, clip, limits }, args) {
    const shown = `/clip${extname(clip)}`;
    const filter = seccompFilter();
    const files = await filesOf(program);
    const [self = program] = files.map(({ target }) => target);
    const words = [
      ...limitWords(limits),
      'bwrap',
      '--unshare-user',
      '--unshare-pid',
      '--unshare-net',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
      ...['--uid', nobody, '--gid', nobody, '--cap-drop', 'ALL'],
      ...['--die-with-parent', '--new-session', '--chdir', '/'],
      ...['--dir', '/proc', '--dev-bind', '/dev/null', '/dev/null'],
      ...files.flatMap(({ source, target }) => ['--ro-bind', source, target]),
      ...['--ro-bind', clip, shown, '--remount-ro', '/'],
      ...(filter === undefined ? [] : ['--seccomp', filterPipe]),
      ...['--', self],
    ];
    return { ...commandOf([...words, ...args(shown)]), clip: shown, filter };
  },
};

/** For each program once: its libraries do not change while the server runs. */
const known = new Map<string, ReturnType<typeof programFiles>>();
function filesOf(program: string): ReturnType<typeof programFiles> {
  const files = known.get(program) ?? programFiles(program);
  known.set(program, files);
  files.catch(() => known.delete(program));
  return files;
}

/** In this order; the first that runs the program is taken. */
export const confinements: readonly Confinement[] = [
  bubblewrap,
  prefixed('namespaces', ['unshare', ...namespaces, ...noPrivileges, ...dropAll, '--']),
  prefixed('namespaces', ['unshare', '--map-current-user', ...namespaces, ...noPrivileges, '--']),
  prefixed('limits', [...noPrivileges, '--']),
  prefixed('limits', []),
  {
    level: 'none',
    launch: async ({ program, clip }, args) => ({ ...commandOf([program, ...args(clip)]), clip }),
  },
];

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
