/** Right answers out of all, with the standard error of their share. */
export interface Accuracy {
  readonly right: number;
  readonly asked: number;
  /** right / asked; NaN where nothing was asked. */
  readonly share: number;
  /** Binomial: sqrt(p (1 - p) / n). */
  readonly standardError: number;
}

export function accuracyOf(verdicts: readonly boolean[]): Accuracy {
  const asked = verdicts.length;
  const right = verdicts.filter(Boolean).length;
  const share = right / asked;
  return { right, asked, share, standardError: Math.sqrt((share * (1 - share)) / asked) };
}
