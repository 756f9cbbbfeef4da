/** How strongly a weight is shown beside the others, 0 to 1: the largest is full, so that even weights look even. */
export function relativeWeight(weight: number, weights: readonly number[]): number {
  const most = Math.max(...weights);
  return most > 0 ? Math.round((100 * weight) / most) / 100 : 0;
}
