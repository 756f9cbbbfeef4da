import { GraphError, parameter, showShape, type Tensor } from '#models/graph/tensor.ts';

/** Gives a net its weights by name and shape, so that the net's code is also the list of its parameters. */
export type Weights = (name: string, shape: readonly number[]) => Tensor;

/** Collects the parameters that nets request; a second request for a name gives the same tensor. */
export class WeightSet {
  readonly tensors = new Map<string, Tensor>();

  readonly get: Weights = (name, shape) => {
    const known = this.tensors.get(name);
    if (known === undefined) {
      const fresh = parameter(name, shape);
      this.tensors.set(name, fresh);
      return fresh;
    }
    if (showShape(known.shape) !== showShape(shape)) {
      throw new GraphError(name, `is requested as ${showShape(shape)} and as ${showShape(known.shape)}`);
    }
    return known;
  };
}

/** The weights whose names begin with `prefix` and a dot. */
export function scope(weights: Weights, prefix: string): Weights {
  return (name, shape) => weights(`${prefix}.${name}`, shape);
}
