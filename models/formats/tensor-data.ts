import { bfloatToFloat, floatToHalf, halfToFloat } from './half.ts';

const pieceValues = 2 << 20;

/** Bytes of one element, by the names safetensors uses. */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type DType = keyof typeof dtypeBytes;

export interface TensorInfo {
  readonly dtype: DType;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
}

/** A dense row-major tensor as it lies in a file: little-endian bytes, `elementCount(shape) * dtypeBytes[dtype]` of them. */
export interface TensorData extends TensorInfo {
  readonly data: Uint8Array;
}

/** A file of named tensors, whatever its format. Tensors are read one at a time; throws `FormatError`. */
export interface TensorFile {
  readonly path: string;
  /** In the file's own order. */
  readonly names: readonly string[];
  /** Free texts the file carries beside its tensors. */
  readonly metadata: ReadonlyMap<string, string>;
  has(name: string): boolean;
  info(name: string): TensorInfo;
  read(name: string): Promise<TensorData>;
  close(): Promise<void>;
}

export function isDType(name: string): name is DType {
  return Object.hasOwn(dtypeBytes, name);
}

/** How many elements a shape has: 1 for a scalar, `Infinity` or an unsafe integer for absurd shapes (check it). */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, side) => count * side, 1);
}

export function byteLength(tensor: TensorInfo): number {
  return elementCount(tensor.shape) * dtypeBytes[tensor.dtype];
}

/** Any dtype as float32; the values are copied. 64-bit values are rounded to float32. */
export function toFloat32(tensor: TensorData): Float32Array {
  const buffer = alignedCopy(tensor.data);
  switch (tensor.dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return halfToFloat(new Uint16Array(buffer));
    case 'BF16':
      return bfloatToFloat(new Uint16Array(buffer));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'I64':
    case 'U64':
      return Float32Array.from(wideIntegers(tensor.dtype, buffer), Number);
    case 'I32':
    case 'I16':
    case 'I8':
    case 'U32':
    case 'U16':
    case 'U8':
    case 'BOOL':
      return Float32Array.from(narrowIntegers(tensor.dtype, buffer));
  }
}

/** The same in pieces of at most 8 MiB: a large vocabulary's embeddings take gigabytes as float32. */
export function* floatPieces({ dtype, data }: TensorData): Generator<Float32Array> {
  const width = dtypeBytes[dtype];
  for (let start = 0; start < data.length; start += pieceValues * width) {
    const piece = data.subarray(start, start + pieceValues * width);
    yield toFloat32({ dtype, shape: [piece.length / width], data: piece });
  }
}

/** An integer or boolean tensor as int64, as onnxruntime takes ids and masks. Throws `TypeError` for floats. */
export function toBigInt64(tensor: TensorData): BigInt64Array {
  const buffer = alignedCopy(tensor.data);
  switch (tensor.dtype) {
    case 'I64':
    case 'U64':
      return BigInt64Array.from(wideIntegers(tensor.dtype, buffer));
    case 'I32':
    case 'I16':
    case 'I8':
    case 'U32':
    case 'U16':
    case 'U8':
    case 'BOOL':
      return BigInt64Array.from(Array.from(narrowIntegers(tensor.dtype, buffer), BigInt));
    case 'F64':
    case 'F32':
    case 'F16':
    case 'BF16':
      throw new TypeError(`expected an integer tensor, got ${tensor.dtype}`);
  }
}

/** Float32 values as a tensor to write; `F16` rounds to nearest. */
export function fromFloat32(
  values: Float32Array,
  shape: readonly number[],
  dtype: 'F32' | 'F16' = 'F32',
): TensorData {
  if (elementCount(shape) !== values.length) {
    throw new RangeError(`shape [${shape.join(', ')}] does not hold ${values.length} values`);
  }
  const stored = dtype === 'F32' ? values : floatToHalf(values);
  return { dtype, shape, data: new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength) };
}

/** Typed arrays need an aligned start, which bytes out of a file rarely have (and `Buffer.slice` does not copy). */
function alignedCopy(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function wideIntegers(dtype: 'I64' | 'U64', buffer: ArrayBuffer): BigInt64Array | BigUint64Array {
  return dtype === 'I64' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
}

function narrowIntegers(dtype: 'I32' | 'I16' | 'I8' | 'U32' | 'U16' | 'U8' | 'BOOL', buffer: ArrayBuffer) {
  switch (dtype) {
    case 'I32':
      return new Int32Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U32':
      return new Uint32Array(buffer);
    case 'U16':
      return new Uint16Array(buffer);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer);
  }
}
