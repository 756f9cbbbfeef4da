import type { Each } from './tuples.ts';

/** A size known when the graph is built, or the name of one known only at run time, such as 'T' for frames. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type DType = 'float32' | 'int64' | 'uint8';

/** A value of the graph: where it comes from, how large it is. Immutable; building a graph is calling functions. */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly source: Source;
}

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float32Array | BigInt64Array }
  | { readonly kind: 'op'; readonly call: OpCall; readonly output: number };

/** One use of an op on given inputs: what the ONNX writer and the gradient walk. */
export interface OpCall {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: object;
  /** The values it computes; a function, since each of them refers to this call. */
  outputs(): readonly Tensor[];
  /** Adds this call's nodes; `nameOf` gives the names of its inputs. Returns the names of its outputs. */
  emit(writer: NodeWriter, nameOf: (tensor: Tensor) => string): readonly string[];
  /** Gradients of the inputs given those of the outputs; `undefined` where none flows. Absent: not differentiable. */
  readonly gradient?: (gradOf: (output: Tensor) => Tensor | undefined) => readonly (Tensor | undefined)[];
}

export type NodeAttributes = Readonly<
  Record<string, { int: number } | { float: number } | { ints: readonly number[] } | { string: string }>
>;

export interface NodeOptions {
  readonly attributes?: NodeAttributes;
  readonly domain?: string;
}

/** Collects the ONNX nodes that ops write. */
export interface NodeWriter {
  /** Adds a node of one output; returns its name. */
  node(opType: string, inputs: readonly string[], options?: NodeOptions): string;
  /** Adds a node of as many outputs as `labels` has entries; returns their names. */
  nodes<const Labels extends readonly unknown[]>(
    opType: string,
    inputs: readonly string[],
    labels: Labels,
    options?: NodeOptions,
  ): Each<Labels, string>;
  int64(values: readonly number[]): string;
  float32(values: readonly number[], shape: readonly number[]): string;
  /** The names of a matrix parameter [N, K] stored as int8 [K, N] and its scales [N]; undefined where it is float32. */
  quantised(tensor: Tensor): { readonly matrix: string; readonly scales: string } | undefined;
}

/** A graph that cannot be right, found while it is built. */
export class GraphError extends Error {
  constructor(op: string, problem: string) {
    super(`${op}: ${problem}`);
    this.name = 'GraphError';
  }
}

export function input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  checkSizes(name, shape);
  return { shape, dtype, source: { kind: 'input', name } };
}

export function parameter(name: string, shape: readonly number[]): Tensor {
  checkSizes(name, shape);
  return { shape, dtype: 'float32', source: { kind: 'parameter', name } };
}

export function constant(values: ArrayLike<number>, shape: readonly number[]): Tensor {
  checkSizes('constant', shape);
  if (values.length !== volume(shape)) {
    throw new GraphError('constant', `${values.length} values do not fill ${showShape(shape)}`);
  }
  return { shape, dtype: 'float32', source: { kind: 'constant', data: Float32Array.from(values) } };
}

export function scalar(value: number): Tensor {
  return constant([value], []);
}

export function integers(values: readonly number[]): Tensor {
  const data = BigInt64Array.from(values, BigInt);
  return { shape: [values.length], dtype: 'int64', source: { kind: 'constant', data } };
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Throws a `GraphError` for a size that is no whole number, such as NaN from arithmetic on an open size. */
export function checkSizes(op: string, shape: Shape): void {
  const wrong = shape.find((dim) => typeof dim === 'number' && !(Number.isSafeInteger(dim) && dim >= 0));
  if (wrong !== undefined) throw new GraphError(op, `${wrong} in ${showShape(shape)} is not a size`);
}

/** Number of values in a shape. */
export function volume(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** All sizes of a tensor, which must be known when the graph is built. */
export function sizesOf(tensor: Tensor): number[] {
  return tensor.shape.map((_, axis) => sizeOf(tensor, axis));
}

/** The size of axis `axis` (negative counts from the end), which must be known when the graph is built. */
export function sizeOf(tensor: Tensor, axis: number): number {
  const dim = dimOf(tensor, axis);
  if (typeof dim === 'string')
    throw new GraphError('sizeOf', `axis ${axis} of ${showShape(tensor.shape)} is not known yet`);
  return dim;
}

export function dimOf(tensor: Tensor, axis: number): Dim {
  const dim = tensor.shape.at(axis);
  if (dim === undefined) throw new GraphError('dimOf', `${showShape(tensor.shape)} has no axis ${axis}`);
  return dim;
}

/** The product of two sizes; at most one of them may be unknown, and then the other must be 1. */
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1) return a;
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  throw new GraphError('multiplyDims', `${a} x ${b} has no name`);
}

/** Half of a size; of one known at run time only, a name that says so (`T/2`). Throws `GraphError` for an odd size. */
export function halveDim(dim: Dim): Dim {
  if (typeof dim === 'string') return `${dim}/2`;
  if (dim % 2 !== 0) throw new GraphError('halveDim', `${dim} is odd`);
  return dim / 2;
}
