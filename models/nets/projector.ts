import { gelu } from '#models/graph/ops/activation.ts';
import type { Tensor } from '#models/graph/tensor.ts';
import { linear } from './layers.ts';
import { type Weights, scope } from './weights.ts';

/** LLaVA's map from the tower's width to the LLM's: `linear` (v1) or two layers with GELU (v1.5). */
export interface ProjectorConfig {
  readonly kind: 'linear' | 'mlp';
  /** Width of the LLM's embeddings. */
  readonly width: number;
}

/** [B, S, D] -> [B, S, width]; weights `projector.0.*`, `projector.2.*` (numbered as in LLaVA's nn.Sequential). */
export function project(weights: Weights, tokens: Tensor, { kind, width }: ProjectorConfig): Tensor {
  const own = scope(weights, 'projector');
  const first = linear(scope(own, '0'), tokens, width);
  return kind === 'linear' ? first : linear(scope(own, '2'), gelu(first), width);
}
