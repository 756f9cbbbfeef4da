export function percentiles(values: readonly number[]): Record<string, number> {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (share: number) => rounded(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { median: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: quantile(1) };
}

export const rounded = (value: number): number => Math.round(value * 100) / 100;
