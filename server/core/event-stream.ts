/** Work that reports while it goes on, as a generator: yields the reports, returns the result. */
export async function* eventStream<E, R>(
  work: (push: (event: E) => void) => Promise<R>,
): AsyncGenerator<E, R> {
  const ready: E[] = [];
  let wake = (): void => undefined;
  let ended = false;
  const result = work((event) => {
    ready.push(event);
    wake();
  }).finally(() => {
    ended = true;
    wake();
  });
  // whoever stops reading leaves the result to nobody
  result.catch(() => undefined);
  while (true) {
    for (let event = ready.shift(); event !== undefined; event = ready.shift()) yield event;
    if (ended) return await result;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
