import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Limits {
  /** Seconds of processor time, all threads together. */
  readonly cpuSeconds: number;
  /** Bytes of private memory. */
  readonly memory: number;
}

type Tool = 'prlimit' | 'unshare' | 'unshare-as-user';
let detected: Promise<ReadonlySet<Tool>> | undefined;

/**
 * The words to put before a command so that it runs without network and within limits, as far as this machine can:
 * util-linux on Linux; elsewhere none, and what remains is ffmpeg's own white lists and our clock.
 * Each of these programs becomes the next by exec, so the process id is the command's own and a kill reaches it.
 */
export async function confinement(limits: Limits): Promise<string[]> {
  detected ??= detect();
  const tools = await detected;
  const words: string[] = [];
  if (tools.has('prlimit')) {
    // RLIMIT_DATA and not RLIMIT_AS: address space that threads reserve and never touch would count in the latter.
    words.push('prlimit', `--data=${limits.memory}`, `--cpu=${limits.cpuSeconds}`);
    // Pipes do not count: it writes no file.
    words.push('--fsize=0', '--core=0', '--');
  }
  if (tools.has('unshare')) words.push('unshare', '--net', '--');
  else if (tools.has('unshare-as-user')) words.push('unshare', '--map-root-user', '--net', '--');
  return words;
}

async function detect(): Promise<ReadonlySet<Tool>> {
  const tools = new Set<Tool>();
  const works = (file: string, args: string[]): Promise<boolean> =>
    run(file, args, { timeout: 10_000 }).then(
      () => true,
      () => false,
    );
  if (await works('prlimit', ['--core=0', '--', 'true'])) tools.add('prlimit');
  if (await works('unshare', ['--net', '--', 'true'])) tools.add('unshare');
  else if (await works('unshare', ['--map-root-user', '--net', '--', 'true'])) tools.add('unshare-as-user');
  return tools;
}
