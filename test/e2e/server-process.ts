import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ServerProcess {
  /** Where it listens, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Ends the process and removes its data folder. */
  stop(): Promise<void>;
}

/** Longest wait for the line that says the server is ready, in ms: it loads and checks a model package. */
const startMs = 120_000;

/** Starts the real server on a free port, with a data folder of its own. Throws with its output if it ends or hangs. */
export async function startServer(modelPackage: string): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stan-llava-e2e-'));
  const server = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, MODEL_PACKAGE: modelPackage },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    }
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    return { url: await readAddress(server), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readAddress(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string) => reject(new Error(`The server ${what}. It printed:\n${output}`));
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
