import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '#errors';

export interface ServerProcess {
  /** Where it listens, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Its DATA_DIR. */
  readonly dataDir: string;
  /** Its TMPDIR. */
  readonly tempDir: string;
  readonly pid: number;
  /** Asks the process to end; resolves to its exit code. */
  end(): Promise<number | null>;
  /** Ends the process and removes its folders. */
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, 'stan-llava.ts');

/** Longest wait for the line that says the server is ready, in ms: it loads and checks a model package. */
const usualStartMs = 120_000;

/**
 * Starts the real server on a free port, with folders of its own. `settings` are more of its environment. Throws with
 * its output if it ends or hangs.
 */
export async function startServer(
  modelPackage: string,
  settings: Readonly<Record<string, string>> = {},
  { startMs = usualStartMs }: { readonly startMs?: number } = {},
): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-llava-spawned-'));
  const [dataDir, tempDir] = [join(folder, 'data'), join(folder, 'tmp')];
  await mkdir(tempDir);
  const server = spawnServer({
    DATA_DIR: dataDir,
    TMPDIR: tempDir,
    MODEL_PACKAGE: modelPackage,
    ...settings,
  });
  const end = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    }
    return server.exitCode;
  };
  const stop = async () => {
    await end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await readAddress(server, startMs), pid: server.pid ?? 0, dataDir, tempDir, end, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs a server that is to end by itself, and returns its exit code and output. */
export async function failToStart(
  settings: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const server = spawnServer(settings);
  const [stdout, stderr] = [textOf(server.stdout), textOf(server.stderr)];
  const timer = setTimeout(() => server.kill('SIGKILL'), usualStartMs);
  await once(server, 'close');
  clearTimeout(timer);
  return { code: server.exitCode, stdout: await stdout, stderr: await stderr };
}

function spawnServer(settings: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', program, 'serve'], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function textOf(stream: ChildProcess['stdout']): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}

function readAddress(server: ChildProcess, startMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string) => reject(new AppError('internal', `The server ${what}: ${output.trim()}`));
    const timer = setTimeout(() => fail('did not get ready'), startMs);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /is ready: (http:\S+)\n/.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    // Both are read to the end: a full pipe would bring the server to a halt.
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code}`);
    });
  });
}
