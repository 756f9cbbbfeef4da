import type { Accuracy } from './accuracy.ts';

/** `96.6 ± 1.2`: per cent and one standard error. */
export function percent({ share, standardError }: Accuracy): string {
  return `${(share * 100).toFixed(1)} ± ${(standardError * 100).toFixed(1)}`;
}
