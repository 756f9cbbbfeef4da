import type { Accuracy } from './accuracy.ts';

/** A line each: share in per cent, its standard error, and the counts. */
export function accuracyTable(accuracies: Readonly<Record<string, Accuracy>>): string {
  const rows = Object.entries(accuracies).map(
    ([name, { right, asked, share, standardError }]) =>
      `${name.padEnd(26)} ${(share * 100).toFixed(1).padStart(6)} % +- ${(standardError * 100).toFixed(1)}  (${right} of ${asked})\n`,
  );
  return rows.join('');
}
