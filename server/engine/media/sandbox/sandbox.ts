import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '#errors';
import {
  type Confinement,
  confinements,
  type Launch,
  type LaunchRequest,
  type SandboxLevel,
} from './launch.ts';

const trialLimits = { cpuSeconds: 60, memory: 3 * 2 ** 30 };
const trialMs = 20_000;

const found = new Map<string, Promise<Confinement>>();

/** How a program is confined on this machine, by whether it runs with the arguments of the trial. Throws as `confine`. */
export async function sandboxLevel(program: string, trial?: readonly string[]): Promise<SandboxLevel> {
  return (await confinementOf(program, trial)).level;
}

/**
 * A program that reads a clip, as it has to be started. Throws `unsupported` where this machine has no sandbox for it, unless
 * ALLOW_UNSANDBOXED is 1.
 */
export async function confine(
  request: LaunchRequest,
  args: (clip: string) => readonly string[],
): Promise<Launch> {
  return (await confinementOf(request.program)).launch(request, args);
}

/** Starts a confined program with pipes 1 to 3, and a process group of its own. */
export function start({ command, args, filter }: Launch): ChildProcess {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', filter === undefined ? 'ignore' : 'pipe'],
    detached: true,
    // Nothing else is passed on: FFREPORT, for one, would make ffmpeg write files.
    env: environment(),
  });
  const pipe = child.stdio[4];
  if (filter !== undefined && pipe && 'write' in pipe) {
    // a program that cannot be started reads no filter; its exit says so
    pipe.on('error', () => undefined);
    pipe.end(filter);
  }
  return child;
}

/** Ends a started program with all that it has started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { AV_LOG_FORCE_NOCOLOR: '1', LC_ALL: 'C' };
  for (const name of ['PATH', 'LD_LIBRARY_PATH']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function confinementOf(program: string, trial: readonly string[] = ['-version']): Promise<Confinement> {
  const known = found.get(program);
  if (known !== undefined) return known;
  const search = firstThatRuns(program, trial);
  found.set(program, search);
  search.catch(() => found.delete(program));
  return search;
}

async function firstThatRuns(program: string, trial: readonly string[]): Promise<Confinement> {
  for (const confinement of confinements) {
    if (!(await runs(confinement, program, trial))) continue;
    const { level } = confinement;
    if (level === 'bubblewrap' || level === 'namespaces' || process.env['ALLOW_UNSANDBOXED'] === '1') {
      return confinement;
    }
    throw new AppError(
      'unsupported',
      'ffmpeg cannot be kept in a sandbox here: install bubblewrap (Debian: apt-get install bubblewrap) where user ' +
        'namespaces are allowed, or set ALLOW_UNSANDBOXED=1 to read clips without one.',
    );
  }
  throw new AppError('ffmpeg_missing', 'ffmpeg could not be started; run `npm run setup`.');
}

async function runs(confinement: Confinement, program: string, trial: readonly string[]): Promise<boolean> {
  const clip = '/dev/null';
  const launch = await confinement.launch({ program, clip, limits: trialLimits }, () => trial);
  const child = start(launch);
  child.stdout?.resume();
  child.stderr?.resume();
  const clock = setTimeout(() => killGroup(child), trialMs);
  try {
    const [code] = await once(child, 'exit');
    return code === 0;
  } catch {
    return false;
  } finally {
    clearTimeout(clock);
    killGroup(child);
  }
}
