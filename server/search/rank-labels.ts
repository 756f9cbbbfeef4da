/** A label with its similarity to a clip, and how likely it is among all labels. */
export interface RankedLabel {
  readonly label: string;
  readonly similarity: number;
  /** Softmax over tau times the similarities: those of all labels sum to 1. */
  readonly score: number;
}

/**
 * Labels from the likeliest to the least. `similarities`: of every wording, those of the first label first; as many for
 * each label, which counts by their mean.
 */
export function rankLabels(
  labels: readonly string[],
  similarities: Float32Array,
  tau: number,
): RankedLabel[] {
  const wordings = similarities.length / labels.length;
  const means = labels.map((_, index) => {
    const own = similarities.subarray(index * wordings, (index + 1) * wordings);
    return own.reduce((sum, similarity) => sum + similarity, 0) / wordings;
  });
  const top = Math.max(...means);
  const exps = means.map((mean) => Math.exp(tau * (mean - top)));
  const total = exps.reduce((sum, exp) => sum + exp, 0);
  return labels
    .map((label, index) => ({ label, similarity: means[index] ?? 0, score: (exps[index] ?? 0) / total }))
    .sort((a, b) => b.score - a.score);
}
