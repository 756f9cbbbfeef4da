import { gelu, geluTanh, quickGelu } from '#models/graph/ops/activation.ts';
import { attention } from '#models/graph/ops/attention.ts';
import { add } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { layerNorm } from '#models/graph/ops/norm.ts';
import { constant, sizeOf, type Tensor } from '#models/graph/tensor.ts';
import type { Weights } from './weights.ts';
import { scope } from './weights.ts';

const activations = { quick_gelu: quickGelu, gelu, gelu_pytorch_tanh: geluTanh } as const;

/** By Hugging Face's names (`hidden_act`). */
export type Activation = keyof typeof activations;

export const activationNames: readonly string[] = Object.keys(activations);

export function isActivation(name: string): name is Activation {
  return Object.hasOwn(activations, name);
}

/** The sizes a pre-norm transformer layer of CLIP is made of. */
export interface LayerConfig {
  readonly width: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly epsilon: number;
  /** Between the two layers of the MLP; `quick_gelu`, CLIP's, where left out. */
  readonly activation?: Activation | undefined;
}

/** y = x W^T + b, with W [out, in] as PyTorch stores it. */
export function linear(weights: Weights, x: Tensor, outWidth: number): Tensor {
  return add(linearNoBias(weights, x, outWidth), weights('bias', [outWidth]));
}

export function linearNoBias(weights: Weights, x: Tensor, outWidth: number): Tensor {
  return matmul(x, weights('weight', [outWidth, sizeOf(x, -1)]), { transposeB: true });
}

export function norm(weights: Weights, x: Tensor, epsilon: number): Tensor {
  const width = sizeOf(x, -1);
  return layerNorm(x, weights('weight', [width]), weights('bias', [width]), epsilon);
}

/** Multi-head self-attention with its four projections; x [B, S, D], mask [1, 1, S, S]. */
export function selfAttention(
  weights: Weights,
  x: Tensor,
  { heads, width }: LayerConfig,
  mask?: Tensor,
): Tensor {
  const project = (name: string): Tensor => linear(scope(weights, name), x, width);
  const mixed = attention(project('q_proj'), project('k_proj'), project('v_proj'), heads, mask);
  return linear(scope(weights, 'out_proj'), mixed, width);
}

/** The two-layer MLP of a CLIP layer. */
export function mlp(weights: Weights, x: Tensor, config: LayerConfig): Tensor {
  const activate = activations[config.activation ?? 'quick_gelu'];
  return linear(
    scope(weights, 'fc2'),
    activate(linear(scope(weights, 'fc1'), x, config.mlpWidth)),
    config.width,
  );
}

/** One CLIP layer: x + attention(norm(x)), then x + mlp(norm(x)); x [B, S, D]. */
export function transformerLayer(weights: Weights, x: Tensor, config: LayerConfig, mask?: Tensor): Tensor {
  const mixed = selfAttention(
    scope(weights, 'self_attn'),
    norm(scope(weights, 'layer_norm1'), x, config.epsilon),
    config,
    mask,
  );
  const attended = add(x, mixed);
  return add(
    attended,
    mlp(scope(weights, 'mlp'), norm(scope(weights, 'layer_norm2'), attended, config.epsilon), config),
  );
}

/** [1, 1, S, S]: 0 where a position may attend, a large negative number where it would attend to a later one. */
export function causalMask(length: number): Tensor {
  const cells = Array.from({ length: length * length }, (_, cell) =>
    cell % length > Math.floor(cell / length) ? -1e9 : 0,
  );
  return constant(cells, [1, 1, length, length]);
}
