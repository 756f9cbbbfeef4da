import { CommanderError } from '@commander-js/extra-typings';
import { DatasetError } from '#models/evaluate/datasets/dataset-error.ts';
import { type AppError, toAppError } from '#errors';

/** What SIGINT and SIGTERM do: abort the signal that the work has, or end the process, whose exit handlers clean up. */
export type Interrupt = 'abort' | 'exit';

/**
 * Runs a command to its end. A failure becomes one line on stderr and the exit code: 2 for a wrong call, 130 for
 * Ctrl-C, 1 for the rest, unless the command has set one of its own.
 */
export async function runCommand(
  work: (signal: AbortSignal) => Promise<void>,
  interrupt: Interrupt = 'abort',
): Promise<void> {
  const stop = new AbortController();
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // stays after the first signal: libraries that clean up at exit end the process where nobody else listens
    process.on(name, () => (interrupt === 'exit' || stop.signal.aborted ? process.exit(code) : stop.abort()));
  }
  try {
    await work(stop.signal);
  } catch (thrown) {
    const { line, code } = failureOf(thrown);
    if (line !== undefined) process.stderr.write(`stan-llava: ${line.replaceAll(/\s*\n\s*/g, ' ')}\n`);
    process.exitCode = code;
  }
}

/** Bugs of ours are these; every other error says in its message what the caller can do. */
const bugs = [TypeError, RangeError, ReferenceError, SyntaxError];

function failureOf(thrown: unknown): { readonly line?: string; readonly code: number } {
  if (thrown instanceof CommanderError) return usageFailure(thrown);
  if (thrown instanceof DatasetError) return { line: thrown.message, code: 2 };
  const error = toAppError(thrown);
  if (error.code !== 'internal') return { line: error.message, code: exitCodes[error.code] ?? 1 };
  // at a terminal there is no log that has the cause of an internal error
  const cause = thrown === error ? (error.cause ?? error) : thrown;
  if (!(cause instanceof Error)) return { line: `internal error: ${String(cause)}`, code: 1 };
  const isBug = bugs.some((kind) => cause instanceof kind);
  return { line: isBug ? `internal error: ${cause.message}` : cause.message, code: 1 };
}

const exitCodes: Partial<Record<AppError['code'], number>> = { invalid_request: 2, cancelled: 130 };

/** Help that was asked for is no failure; help in place of a missing subcommand is printed already. */
function usageFailure({ code, exitCode, message }: CommanderError): { line?: string; code: number } {
  if (exitCode === 0) return { code: 0 };
  if (code === 'commander.help') return { code: 2 };
  return { line: `${message.replace(/^error: |\.$/g, '')}; --help tells more`, code: 2 };
}
