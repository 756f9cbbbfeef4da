import { callsInOrder } from './gradient.ts';
import { isLinearWeight } from './ops/matmul.ts';
import { sizesOf, type Tensor } from './tensor.ts';

export interface UsedParameter {
  readonly shape: readonly number[];
  /** Used as the weight of linear layers and nothing else: it may be stored as int8. */
  readonly linear: boolean;
}

/** The parameters that the graph behind `outputs` reads, in the order it reads them. */
export function parametersOf(outputs: Readonly<Record<string, Tensor>>): Map<string, UsedParameter> {
  const found = new Map<string, UsedParameter>();
  for (const call of callsInOrder(...Object.values(outputs))) {
    for (const [index, tensor] of call.inputs.entries()) {
      const { source } = tensor;
      if (source.kind !== 'parameter') continue;
      const linear = (found.get(source.name)?.linear ?? true) && isLinearWeight(call, index);
      found.set(source.name, { shape: sizesOf(tensor), linear });
    }
  }
  return found;
}
