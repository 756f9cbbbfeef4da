import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { AppError } from '#errors';
import {
  type Confinement,
  confinements,
  forgetFiles,
  type Launch,
  type LaunchRequest,
  type SandboxLevel,
} from './launch.ts';

const trialLimits = { cpuSeconds: 60, memory: 3 * 2 ** 30 };
const trialMs = 20_000;

/** What was found on this machine. */
interface Found {
  readonly confinement: Confinement;
  /** Why no stronger one was taken: what each said. */
  readonly failures: readonly string[];
}

export interface Isolation {
  readonly level: SandboxLevel;
  readonly failures: readonly string[];
}

const found = new Map<string, Promise<Found>>();

/** How a program is confined on this machine, by whether it runs with the arguments of the trial. Throws as `confine`. */
export async function isolationOf(program: string, trial?: readonly string[]): Promise<Isolation> {
  const { confinement, failures } = await foundFor(program, trial);
  return { level: confinement.level, failures };
}

/** After a program could not be started: it, its libraries or the sandbox may have been replaced. */
export function forget(program: string): void {
  forgetFiles(program);
  found.delete(program);
}

/**
 * A program that reads a clip, as it has to be started. Throws `unsupported` where this machine has no sandbox for it, unless
 * ALLOW_UNSANDBOXED is 1.
 */
export async function confine(
  request: LaunchRequest,
  args: (clip: string) => readonly string[],
): Promise<Launch> {
  const { confinement } = await foundFor(request.program);
  return confinement.launch(request, args);
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

function foundFor(program: string, trial: readonly string[] = ['-version']): Promise<Found> {
  const known = found.get(program);
  if (known !== undefined) return known;
  const search = firstThatRuns(program, trial);
  found.set(program, search);
  search.catch(() => found.delete(program));
  return search;
}

async function firstThatRuns(program: string, trial: readonly string[]): Promise<Found> {
  const failures: string[] = [];
  for (const confinement of confinements) {
    const { level } = confinement;
    const failure = await failureOf(confinement, program, trial);
    if (failure !== undefined) {
      failures.push(`${level}: ${failure}`);
      continue;
    }
    if (level === 'bubblewrap' || level === 'namespaces' || process.env['ALLOW_UNSANDBOXED'] === '1') {
      return { confinement, failures };
    }
    throw new AppError(
      'unsupported',
      'ffmpeg cannot be kept in a sandbox here: install bubblewrap (Debian: apt-get install bubblewrap) where user ' +
        `namespaces are allowed, or set ALLOW_UNSANDBOXED=1 to read clips without one. ${failures[0] ?? ''}`,
      { cause: new Error(failures.join('; ')) },
    );
  }
  throw new AppError('ffmpeg_missing', 'ffmpeg could not be started; run `npm run setup`.');
}

/** Why the program does not run confined so, in one line; undefined where it does. */
async function failureOf(
  confinement: Confinement,
  program: string,
  trial: readonly string[],
): Promise<string | undefined> {
  const clip = '/dev/null';
  let child: ChildProcess | undefined;
  const clock = setTimeout(() => child && killGroup(child), trialMs);
  try {
    child = start(await confinement.launch({ program, clip, limits: trialLimits }, () => trial));
    child.stdout?.resume();
    const said = child.stderr === null ? '' : firstLine(child.stderr);
    const [[code, signal], line] = await Promise.all([once(child, 'exit'), said]);
    return code === 0 ? undefined : line || `it ended with ${code ?? signal}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(clock);
    if (child !== undefined) killGroup(child);
  }
}

async function firstLine(stream: Readable): Promise<string> {
  let said = '';
  for await (const chunk of stream) if (said.length < 1000) said += String(chunk);
  return said.slice(0, 1000).split('\n', 1)[0] ?? '';
}
