/** With the video branch, or by the tower alone. */
export type BranchMode = 'stan' | 'plain';

/** Which frame embeddings are compared, and how: by Mug, or as the mean of the frames with the end token of the text. */
interface Scoring {
  readonly name: string;
  readonly mode: BranchMode;
  readonly mug: boolean;
}

/** The paper's systems, by its names. */
export const scoringMethods = {
  'mug-stan': { name: 'Mug-STAN', mode: 'stan', mug: true },
  stan: { name: 'STAN, mean of frames', mode: 'stan', mug: false },
  mug: { name: 'CLIP with Mug', mode: 'plain', mug: true },
  clip: { name: 'CLIP, mean of frames', mode: 'plain', mug: false },
} as const satisfies Readonly<Record<string, Scoring>>;
export type ScoringMethod = keyof typeof scoringMethods;
export const scoringMethodNames = [
  'mug-stan',
  'stan',
  'mug',
  'clip',
] as const satisfies readonly ScoringMethod[];
