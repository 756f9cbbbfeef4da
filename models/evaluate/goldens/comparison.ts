/** One output beside the reference: the largest absolute difference, and how much is allowed. */
export interface Comparison {
  readonly output: string;
  readonly difference: number;
  readonly tolerance: number;
}

/** NaN where one of the two has NaN, so that it never passes for small. */
export function maxDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  actual.forEach((value, index) => {
    largest = Math.max(largest, Math.abs(value - (expected[index] ?? Number.NaN)));
  });
  return largest;
}
