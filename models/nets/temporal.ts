import { concat, pad, slice } from '#models/graph/ops/movement.ts';
import { sizeOf, type Tensor } from '#models/graph/tensor.ts';
import { linear, selfAttention } from './layers.ts';
import type { TowerConfig } from './clip.ts';
import { type Weights, scope } from './weights.ts';

/**
 * What mixes the frames of each patch position: self-attention over time (the paper's default), a convolution of kernel 3
 * over time, or nothing.
 */
export const temporalModuleNames = ['attention', 'convolution', 'none'] as const;
export type TemporalModuleName = (typeof temporalModuleNames)[number];

/** Normed series of frames [rows, T, D] to what the last projection of the module reads, of the same shape. */
type TemporalModule = (weights: Weights, series: Tensor, tower: TowerConfig) => Tensor;

/** `undefined`: the patches pass as they are. */
export const temporalModules: Readonly<Record<TemporalModuleName, TemporalModule | undefined>> = {
  attention: (weights, series, tower) => selfAttention(scope(weights, 'self_attn'), series, tower),
  convolution: (weights, series, tower) => timeConvolution(scope(weights, 'conv'), series, tower.width),
  none: undefined,
};

/**
 * 1-D convolution over time, kernel 3, zeros outside: three shifted copies side by side, one matrix product. Throws a
 * `GraphError` where the number of frames is not known when the graph is built.
 */
function timeConvolution(weights: Weights, x: Tensor, width: number): Tensor {
  const frames = sizeOf(x, 1);
  const padded = pad(x, 1, 1, 1);
  const shifted = [0, 1, 2].map((start) => slice(padded, 1, start, start + frames));
  return linear(weights, concat(shifted, 2), width);
}
