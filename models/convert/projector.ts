import { FormatError } from '#models/formats/format-error.ts';
import type { ProjectorConfig } from '#models/nets/projector.ts';
import type { WeightSource } from './weight-source.ts';

/** What turns a tower's tokens into an LLM's, `projector.*`. */
export interface Projector {
  readonly config: ProjectorConfig;
  readonly inputWidth: number;
  readonly weights: WeightSource;
}

/** Throws `FormatError` where the weights hold no projector of a LLaVA. */
export function projectorOf(weights: WeightSource, path: string): Projector {
  if (!weights.has('projector.0.weight')) {
    const problem = 'holds no LLaVA projector, linear (v1) or of two layers (v1.5)';
    throw new FormatError('unsupported', path, problem);
  }
  const kind = weights.has('projector.2.weight') ? 'mlp' : 'linear';
  const [width = 0, inputWidth = 0] = weights.shape('projector.0.weight');
  return { config: { kind, width }, inputWidth, weights };
}
