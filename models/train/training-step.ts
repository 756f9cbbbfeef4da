import { gradients } from '#models/graph/gradient.ts';
import { at } from '#core/at.ts';
import { add, div, minimum, mul, scale, sqrt, sub } from '#models/graph/ops/elementwise.ts';
import { concat, reshape, split } from '#models/graph/ops/movement.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { input, scalar, sizeOf, type Tensor } from '#models/graph/tensor.ts';

/** Parameters that learn at one rate. All of a group live in one flat vector, so that a step moves three arrays. */
export interface ParameterGroup {
  readonly name: string;
  /** Names and shapes, in the order they lie in the vector. */
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Times the schedule's learning rate. */
  readonly rate: number;
  readonly weightDecay: number;
}

export interface AdamWConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Gradients are scaled down to this norm, all groups together. */
  readonly clipNorm: number;
}

export const adamW: AdamWConfig = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, clipNorm: 1 };

export function groupSize(group: ParameterGroup): number {
  return group.parameters.reduce((total, { shape }) => total + shape.reduce((size, dim) => size * dim, 1), 0);
}

/** The group's parameters, cut out of its vector input `theta.<group>`. */
export function groupTensors(group: ParameterGroup): { vector: Tensor; tensors: Map<string, Tensor> } {
  const vector = input(`theta.${group.name}`, [groupSize(group)]);
  const sizes = group.parameters.map(({ shape }) => shape.reduce((size, dim) => size * dim, 1));
  const pieces = split(vector, sizes);
  const tensors = group.parameters.map(
    ({ name, shape }, index) => [name, reshape(at(pieces, index), shape)] as const,
  );
  return { vector, tensors: new Map(tensors) };
}

/**
 * One AdamW step (Loshchilov & Hutter 2019) as graph outputs: `next.theta.*`, `next.m.*`, `next.v.*` of each group.
 * Reads the inputs `theta.*`, `m.*`, `v.*`, and the scalars `rate` and `correction1`, `correction2` (1 - beta^step).
 */
export function adamWStep(
  loss: Tensor,
  groups: readonly { group: ParameterGroup; vector: Tensor; tensors: Map<string, Tensor> }[],
  config: AdamWConfig,
): Record<string, Tensor> {
  const wanted = groups.flatMap(({ tensors }) => [...tensors.values()]);
  const grads = gradients(loss, wanted);
  let taken = 0;
  const flat = groups.map(({ tensors }) => {
    const own = grads.slice(taken, taken + tensors.size);
    taken += tensors.size;
    return concat(
      own.map((grad) => reshape(grad, [grad.shape.reduce<number>((size, dim) => size * Number(dim), 1)])),
      0,
    );
  });
  const squares = flat.map((grad) => reshape(sum(mul(grad, grad), [0]), []));
  const length = sqrt(squares.reduce(add));
  const shrink = minimum(div(scalar(config.clipNorm), add(length, scalar(1e-12))), scalar(1));
  const [rate, correction1, correction2] = [
    input('rate', []),
    input('correction1', []),
    input('correction2', []),
  ];
  const outputs: Record<string, Tensor> = { gradientNorm: length };
  groups.forEach(({ group, vector }, index) => {
    const grad = mul(at(flat, index), shrink);
    const shape = [sizeOf(vector, 0)];
    const m = add(scale(input(`m.${group.name}`, shape), config.beta1), scale(grad, 1 - config.beta1));
    const squared = scale(mul(grad, grad), 1 - config.beta2);
    const v = add(scale(input(`v.${group.name}`, shape), config.beta2), squared);
    const direction = div(div(m, correction1), add(sqrt(div(v, correction2)), scalar(config.epsilon)));
    const change = add(direction, scale(vector, group.weightDecay));
    outputs[`next.theta.${group.name}`] = sub(vector, mul(change, scale(rate, group.rate)));
    outputs[`next.m.${group.name}`] = m;
    outputs[`next.v.${group.name}`] = v;
  });
  return outputs;
}
