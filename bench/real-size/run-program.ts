import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { AppError } from '#errors';
import { peakMemory } from './peak-memory.ts';

const program = join(import.meta.dirname, '../../server/cli/stan-llava.ts');
const memoryEveryMs = 200;

export interface Step {
  readonly step: string;
  readonly seconds: number;
  /** MiB; undefined where it is not known. */
  readonly peakMemory: number | undefined;
}

/** Runs a command of the program to its end; what it prints goes to stderr. Throws where it fails. */
export async function runProgram(step: string, args: readonly string[], signal: AbortSignal): Promise<Step> {
  process.stderr.write(`$ npm run -s stan-llava -- ${args.join(' ')}\n`);
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    // stdout is this program's own report's
    stdio: ['ignore', process.stderr, process.stderr],
    signal,
    killSignal: 'SIGTERM',
  });
  let peak: number | undefined;
  const watching = setInterval(async () => {
    peak = (await peakMemory(child.pid ?? 0)) ?? peak;
  }, memoryEveryMs);
  try {
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new AppError('internal', `models ${step} ended with exit code ${code}`);
  } finally {
    clearInterval(watching);
  }
  const seconds = (performance.now() - start) / 1000;
  process.stderr.write(`${step}: ${seconds.toFixed(1)} s, peak ${peak?.toFixed(0) ?? '-'} MiB\n`);
  return { step, seconds, peakMemory: peak };
}
