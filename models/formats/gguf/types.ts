/** The GGUF file format, versions 2 and 3 (github.com/ggml-org/ggml, docs/gguf.md). */

/** Metadata value types by their number in the file; arrays are `{ of, values }`. */
export const scalarTypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const;
export type ScalarType = Exclude<(typeof scalarTypes)[number], 'array'>;

/** 64-bit integers are bigints, `bool` is boolean, `string` is string, the rest are numbers. */
export type Scalar = number | bigint | boolean | string;

export type GgufValue =
  | { readonly type: ScalarType; readonly value: Scalar }
  | { readonly type: 'array'; readonly of: ScalarType; readonly values: readonly Scalar[] };

/** ggml's tensor types: bytes of one block and the values it holds. Only sizes; decoding is in `dequantise`. */
export const tensorTypes = new Map<number, { name: string; blockBytes: number; blockValues: number }>([
  [0, { name: 'F32', blockBytes: 4, blockValues: 1 }],
  [1, { name: 'F16', blockBytes: 2, blockValues: 1 }],
  [2, { name: 'Q4_0', blockBytes: 18, blockValues: 32 }],
  [3, { name: 'Q4_1', blockBytes: 20, blockValues: 32 }],
  [6, { name: 'Q5_0', blockBytes: 22, blockValues: 32 }],
  [7, { name: 'Q5_1', blockBytes: 24, blockValues: 32 }],
  [8, { name: 'Q8_0', blockBytes: 34, blockValues: 32 }],
  [10, { name: 'Q2_K', blockBytes: 84, blockValues: 256 }],
  [11, { name: 'Q3_K', blockBytes: 110, blockValues: 256 }],
  [12, { name: 'Q4_K', blockBytes: 144, blockValues: 256 }],
  [13, { name: 'Q5_K', blockBytes: 176, blockValues: 256 }],
  [14, { name: 'Q6_K', blockBytes: 210, blockValues: 256 }],
  [15, { name: 'Q8_K', blockBytes: 292, blockValues: 256 }],
  [16, { name: 'IQ2_XXS', blockBytes: 66, blockValues: 256 }],
  [17, { name: 'IQ2_XS', blockBytes: 74, blockValues: 256 }],
  [18, { name: 'IQ3_XXS', blockBytes: 98, blockValues: 256 }],
  [19, { name: 'IQ1_S', blockBytes: 50, blockValues: 256 }],
  [20, { name: 'IQ4_NL', blockBytes: 18, blockValues: 32 }],
  [21, { name: 'IQ3_S', blockBytes: 110, blockValues: 256 }],
  [22, { name: 'IQ2_S', blockBytes: 82, blockValues: 256 }],
  [23, { name: 'IQ4_XS', blockBytes: 136, blockValues: 256 }],
  [24, { name: 'I8', blockBytes: 1, blockValues: 1 }],
  [25, { name: 'I16', blockBytes: 2, blockValues: 1 }],
  [26, { name: 'I32', blockBytes: 4, blockValues: 1 }],
  [27, { name: 'I64', blockBytes: 8, blockValues: 1 }],
  [28, { name: 'F64', blockBytes: 8, blockValues: 1 }],
  [29, { name: 'IQ1_M', blockBytes: 56, blockValues: 256 }],
  [30, { name: 'BF16', blockBytes: 2, blockValues: 1 }],
  [34, { name: 'TQ1_0', blockBytes: 54, blockValues: 256 }],
  [35, { name: 'TQ2_0', blockBytes: 66, blockValues: 256 }],
  [39, { name: 'MXFP4', blockBytes: 17, blockValues: 32 }],
]);
export const ggmlF32 = 0;
export const ggmlF16 = 1;
export const ggmlQ8_0 = 8;

export interface GgufTensor {
  readonly name: string;
  /** Row-major, outermost first: [out, in] for a weight (the file stores it the other way round). */
  readonly shape: readonly number[];
  /** ggml's number of the type. */
  readonly type: number;
}

/** Bytes of a tensor's data; undefined for a type we do not know or rows that do not fill whole blocks. */
export function tensorBytes({ shape, type }: Pick<GgufTensor, 'shape' | 'type'>): number | undefined {
  const layout = tensorTypes.get(type);
  if (layout === undefined || (shape.at(-1) ?? 1) % layout.blockValues !== 0) return undefined;
  return (shape.reduce((product, dim) => product * dim, 1) / layout.blockValues) * layout.blockBytes;
}

export const defaultAlignment = 32;

export function alignUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
