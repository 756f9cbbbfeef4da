import { type AppError, toAppError } from '#errors';

/**
 * Runs a command to its end. A failure becomes one line on stderr and the exit code: 2 for a wrong call, 130 for
 * Ctrl-C, 1 for the rest. `work` gets a signal that aborts on SIGINT and SIGTERM, so that it can clean up.
 */
export async function runCommand(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  try {
    await work(stop.signal);
  } catch (thrown) {
    const error = toAppError(thrown);
    process.stderr.write(`stan-llava: ${lineOf(error)}\n`);
    process.exitCode = exitCodes[error.code] ?? 1;
  }
}

const exitCodes: Partial<Record<AppError['code'], number>> = { invalid_request: 2, cancelled: 130 };

/** At a terminal there is no other log, so the cause of what we did not foresee is told here. */
function lineOf({ code, message, cause }: AppError): string {
  const text = code === 'internal' && cause instanceof Error ? `internal error: ${cause.message}` : message;
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
