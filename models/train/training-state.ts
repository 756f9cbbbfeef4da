/** Weights by name, row-major float32; shapes are the nets' to know. */
export type WeightMap = ReadonlyMap<string, Float32Array>;

/** AdamW's memory and the parameters it moves: flat vectors `theta.*`, `m.*`, `v.*`, one each per group. */
export interface OptimiserState {
  readonly step: number;
  readonly vectors: Readonly<Record<string, Float32Array>>;
}
