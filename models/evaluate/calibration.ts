import type { ConfidenceCurve } from '#models/package/manifest.ts';

/** One answer: the signal, and whether it was right. */
export interface CalibrationSample {
  readonly probability: number;
  readonly right: boolean;
}

interface Block {
  readonly probability: number;
  readonly right: number;
  readonly count: number;
}

/** Answers of one step of the curve before it is made to rise. */
const samplesAtLeast = 20;
const maxSteps = 40;

/**
 * How often answers are right by their signal: isotonic regression (pool adjacent violators) over groups of equally many
 * answers. Throws where there are too few.
 */
export function confidenceCurve(samples: readonly CalibrationSample[]): ConfidenceCurve {
  const steps = Math.min(maxSteps, Math.floor(samples.length / samplesAtLeast));
  if (steps < 1) throw new RangeError(`calibration needs ${samplesAtLeast} answers, got ${samples.length}`);
  const sorted = samples.toSorted((a, b) => a.probability - b.probability);
  const pooled: Block[] = [];
  for (let step = 0; step < steps; step++) {
    const from = Math.floor((step * sorted.length) / steps);
    const to = Math.floor(((step + 1) * sorted.length) / steps);
    let block = blockOf(sorted.slice(from, to));
    for (let last = pooled.at(-1); last !== undefined && last.right >= block.right; last = pooled.at(-1)) {
      block = joined(last, block);
      pooled.pop();
    }
    pooled.push(block);
  }
  return { points: pooled.map(({ probability, right }) => ({ probability, right })) };
}

function blockOf(samples: readonly CalibrationSample[]): Block {
  const count = samples.length;
  const sum = samples.reduce((total, { probability }) => total + probability, 0);
  return {
    // a mean of equal floats may come out a little above 1
    probability: Math.min(1, sum / count),
    right: samples.filter(({ right }) => right).length / count,
    count,
  };
}

function joined(a: Block, b: Block): Block {
  const count = a.count + b.count;
  const mean = (x: number, y: number): number => (x * a.count + y * b.count) / count;
  return { probability: mean(a.probability, b.probability), right: mean(a.right, b.right), count };
}

/** The score that best tells matches from others: Youden's J, the share of matches kept less that of others kept, is largest. */
export function matchCutOff(matching: readonly number[], others: readonly number[]): number {
  if (matching.length === 0 || others.length === 0)
    throw new RangeError('a cut-off needs scores of both kinds');
  const share = (scores: readonly number[], from: number): number =>
    scores.filter((score) => score >= from).length / scores.length;
  const gain = (from: number): number => share(matching, from) - share(others, from);
  return [...matching].reduce((best, score) => (gain(score) > gain(best) ? score : best));
}
