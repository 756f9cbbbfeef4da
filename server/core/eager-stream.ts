/**
 * Makes values at the producer's pace and hands them on at the reader's: a slow reader keeps nothing waiting, and one
 * who leaves early is told to `produce` by its signal. Ends, or throws, after `produce` has.
 */
export async function* eagerStream<T>(
  signal: AbortSignal,
  produce: (push: (value: T) => void, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<T, void> {
  const left = new AbortController();
  const ready: T[] = [];
  let wake = (): void => undefined;
  let ended = false;
  const push = (value: T): void => {
    ready.push(value);
    wake();
  };
  const work = produce(push, AbortSignal.any([signal, left.signal])).finally(() => {
    ended = true;
    wake();
  });
  const settled = work.catch(() => undefined);
  try {
    while (true) {
      for (let value = ready.shift(); value !== undefined; value = ready.shift()) yield value;
      if (ended) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await work;
  } finally {
    left.abort();
    await settled;
  }
}
