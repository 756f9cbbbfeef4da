import type { EventEmitter } from 'node:events';
import { AppError } from '#errors';

export interface LastResortOptions {
  readonly signal: AbortSignal;
  /** Told of every error that had no owner. */
  readonly onError: (error: unknown) => void;
  /** How often `work` may be started again within `windowMs`. */
  readonly maxRestarts?: number;
  readonly windowMs?: number;
  /** What emits `uncaughtException` and `unhandledRejection`. Default: this process. */
  readonly source?: Pick<EventEmitter, 'on' | 'off'>;
}

/**
 * Runs `work` and catches what nothing else in the process caught: the first such error aborts `work`'s signal with it,
 * and once `work` has closed in order it is started again. Throws `internal` where that does not help.
 */
export async function withLastResort(
  work: (signal: AbortSignal) => Promise<void>,
  { signal, onError, maxRestarts = 5, windowMs = 600_000, source = process }: LastResortOptions,
): Promise<void> {
  let failed = new AbortController();
  const onUncaught = (error: unknown): void => {
    onError(error);
    failed.abort(error);
  };
  source.on('uncaughtException', onUncaught);
  source.on('unhandledRejection', onUncaught);
  let restarts: number[] = [];
  try {
    while (true) {
      failed = new AbortController();
      await work(AbortSignal.any([signal, failed.signal]));
      if (signal.aborted || !failed.signal.aborted) return;
      restarts = [...restarts.filter((time) => time > performance.now() - windowMs), performance.now()];
      if (restarts.length > maxRestarts) {
        const message = `Restarted ${maxRestarts} times after errors that nothing caught; giving up.`;
        throw new AppError('internal', message, { cause: failed.signal.reason });
      }
    }
  } finally {
    source.off('uncaughtException', onUncaught);
    source.off('unhandledRejection', onUncaught);
  }
}
