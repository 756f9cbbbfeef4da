/** Milliseconds of the fastest of at least five runs over at least two seconds, after one that does not count. */
export async function bestMilliseconds(work: () => Promise<unknown>): Promise<number> {
  await work();
  const began = performance.now();
  let best = Number.POSITIVE_INFINITY;
  for (let runs = 0; runs < 5 || performance.now() - began < 2000; runs++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
