import { at } from '#core/at.ts';

/** A label with its similarity to a clip, and its probability among all labels. */
export interface RankedLabel {
  readonly label: string;
  readonly similarity: number;
  /** Softmax over tau times the similarities: those of all labels sum to 1. */
  readonly score: number;
}

/**
 * Labels by descending probability. `similarities`: of every wording, those of the first label first; each label has the
 * same number of wordings, and counts by their mean. Throws `RangeError` for similarities that do not divide so.
 */
export function rankLabels(
  labels: readonly string[],
  similarities: Float32Array,
  tau: number,
): RankedLabel[] {
  const wordings = similarities.length / labels.length;
  if (!Number.isInteger(wordings) || wordings === 0) {
    throw new RangeError(`${similarities.length} similarities for ${labels.length} labels`);
  }
  const means = labels.map((_, index) => {
    const own = similarities.subarray(index * wordings, (index + 1) * wordings);
    return own.reduce((sum, similarity) => sum + similarity, 0) / wordings;
  });
  const top = Math.max(...means);
  const exps = means.map((mean) => Math.exp(tau * (mean - top)));
  const total = exps.reduce((sum, exp) => sum + exp, 0);
  return labels
    .map((label, index) => ({ label, similarity: at(means, index), score: at(exps, index) / total }))
    .sort((a, b) => b.score - a.score);
}
