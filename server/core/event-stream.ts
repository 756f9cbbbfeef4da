/**
 * Work that pushes its events, as a generator: yields the events at the reader's pace, returns the work's result. The work
 * does not wait for the reader; its signal aborts with `signal`, and when the reader leaves early. The generator ends, or
 * throws, after the work has.
 */
export async function* eventStream<E, R>(
  signal: AbortSignal,
  work: (push: (event: E) => void, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<E, R> {
  const left = new AbortController();
  let events: E[] = [];
  let wake = (): void => undefined;
  let ended = false;
  const push = (event: E): void => {
    events.push(event);
    wake();
  };
  const result = work(push, AbortSignal.any([signal, left.signal])).finally(() => {
    ended = true;
    wake();
  });
  const settled = result.catch(() => undefined);
  try {
    while (true) {
      const ready = events;
      events = [];
      for (const event of ready) yield event;
      if (events.length > 0) continue;
      if (ended) return await result;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    left.abort();
    await settled;
  }
}
