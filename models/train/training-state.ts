/** Weights by name, row-major float32; shapes are the nets' to know. */
export type WeightMap = ReadonlyMap<string, Float32Array>;

/** Looks weights up by name. The function throws `RangeError` for one that is not there. */
export function valuesIn(weights: WeightMap): (name: string) => Float32Array {
  return (name) => {
    const values = weights.get(name);
    if (values === undefined) throw new RangeError(`the weights lack ${name}`);
    return values;
  };
}

/** AdamW's memory and the parameters it moves: flat vectors `theta.*`, `m.*`, `v.*`, one each per group. */
export interface OptimiserState {
  readonly step: number;
  readonly vectors: Readonly<Record<string, Float32Array>>;
}
