import { type MugConfig, paperMug } from '#models/nets/mug.ts';
import type { Matching, RetrievalManifest } from '#models/package/manifest.ts';
import type { RunOptions } from '#models/graph/run.ts';
import { MeanScorer } from './mean-scorer.ts';
import { MugScorer } from './mug-scorer.ts';

/** Compares texts and clips. */
export type PairScorer = Pick<MugScorer, 'score' | 'similarities' | 'dispose'>;

/** What a package's weights were trained with: a form of Mug (the full one where it does not say), or means. */
export async function createScorer(
  {
    width,
    logitScale,
    matching = { form: 'full' },
  }: Pick<RetrievalManifest, 'width' | 'logitScale' | 'matching'>,
  options?: RunOptions,
): Promise<PairScorer> {
  if (matching.form === 'mean') return new MeanScorer();
  return MugScorer.create(width, { ...mugOf(matching), tau: logitScale }, options);
}

function mugOf(matching: Exclude<Matching, { form: 'mean' }>): MugConfig {
  switch (matching.form) {
    case 'full':
      return paperMug;
    case 'simple':
      return { ...paperMug, form: 'simple' };
    case 'top-k':
      return { ...paperMug, select: { kind: 'topk', k: matching.k } };
  }
}
