import type { ConfidenceCurve } from '#models/package/manifest.ts';
import type { AnswerConfidence } from '../events.ts';

/**
 * How sure an answer is. The signal is the probability of its least likely token: one wrong word makes an answer wrong.
 * `value`, where the package has a curve, is how often held-out answers with that signal were right, interpolated.
 */
export function confidenceOf(probability: number, curve: ConfidenceCurve | undefined): AnswerConfidence {
  const signal = 'least-token-probability' as const;
  return { signal, probability, ...(curve !== undefined && { value: valueAt(curve.points, probability) }) };
}

/** Piecewise linear between the points, constant outside them. */
function valueAt(points: ConfidenceCurve['points'], probability: number): number {
  let [before] = points;
  for (const point of points) {
    if (point.probability >= probability) {
      if (before === undefined || point.probability === before.probability) return point.right;
      const share = Math.max(
        0,
        (probability - before.probability) / (point.probability - before.probability),
      );
      return before.right + share * (point.right - before.right);
    }
    before = point;
  }
  return before?.right ?? probability;
}
