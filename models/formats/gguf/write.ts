import { replaceFile } from '../replace-file.ts';
import {
  alignUp,
  defaultAlignment,
  type GgufTensor,
  type GgufValue,
  type Scalar,
  type ScalarType,
  scalarTypes,
  tensorBytes,
} from './types.ts';

const version = 3;

/** A tensor to write; its data is read only when it is written, so that memory never holds a whole model. */
export interface TensorToWrite extends GgufTensor {
  data(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes a GGUF file (version 3) all or nothing; `onProgress` gets bytes of tensors, and of how many. Throws `RangeError`
 * where a tensor's data does not fill its shape.
 */
export async function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly TensorToWrite[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  const { header, sized } = encodeHeader(metadata, tensors);
  const total = sized.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  await replaceFile(path, async (file) => {
    await file.writeFile(header);
    for (const { tensor, size } of sized) {
      let written = 0;
      for await (const piece of tensor.data()) {
        await file.writeFile(piece);
        written += piece.length;
        onProgress(done + written, total);
      }
      done += written;
      if (written !== size)
        throw new RangeError(`${tensor.name} has ${written} bytes, its shape needs ${size}`);
      await file.writeFile(Buffer.alloc(alignUp(size, defaultAlignment) - size));
    }
  });
}

function encodeHeader(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly TensorToWrite[]) {
  const entries = [...metadata].filter(([key]) => key !== 'general.alignment');
  const pieces = [Buffer.from('GGUF'), uint32(version), uint64(tensors.length), uint64(entries.length)];
  for (const [key, value] of entries) pieces.push(text(key), encodeValue(value));
  let offset = 0;
  const sized = tensors.map((tensor) => {
    const { name, shape, type } = tensor;
    const size = tensorBytes({ shape, type });
    if (size === undefined) throw new RangeError(`${name}: type ${type} does not hold [${shape.join(', ')}]`);
    pieces.push(
      text(name),
      uint32(shape.length),
      ...[...shape].reverse().map(uint64),
      uint32(type),
      uint64(offset),
    );
    offset += alignUp(size, defaultAlignment);
    return { tensor, size };
  });
  const unaligned = Buffer.concat(pieces);
  const padding = Buffer.alloc(alignUp(unaligned.length, defaultAlignment) - unaligned.length);
  return { header: Buffer.concat([unaligned, padding]), sized };
}

function encodeValue(value: GgufValue): Buffer {
  if (value.type !== 'array')
    return Buffer.concat([typeNumber(value.type), encodeScalar(value.type, value.value)]);
  const items = value.values.map((item) => encodeScalar(value.of, item));
  return Buffer.concat([typeNumber('array'), typeNumber(value.of), uint64(items.length), ...items]);
}

function typeNumber(type: (typeof scalarTypes)[number]): Buffer {
  return uint32(scalarTypes.indexOf(type));
}

type NumberType = Exclude<ScalarType, 'string' | 'uint64' | 'int64'>;

const numberWriters: Record<NumberType, (bytes: Buffer, value: number) => number> = {
  uint8: (bytes, value) => bytes.writeUInt8(value),
  int8: (bytes, value) => bytes.writeInt8(value),
  bool: (bytes, value) => bytes.writeUInt8(value),
  uint16: (bytes, value) => bytes.writeUInt16LE(value),
  int16: (bytes, value) => bytes.writeInt16LE(value),
  uint32: (bytes, value) => bytes.writeUInt32LE(value),
  int32: (bytes, value) => bytes.writeInt32LE(value),
  float32: (bytes, value) => bytes.writeFloatLE(value),
  float64: (bytes, value) => bytes.writeDoubleLE(value),
};

function encodeScalar(type: ScalarType, value: Scalar): Buffer {
  if (type === 'string') return text(String(value));
  const bytes = Buffer.alloc(8);
  if (type === 'uint64') return bytes.subarray(0, bytes.writeBigUInt64LE(BigInt(value)));
  if (type === 'int64') return bytes.subarray(0, bytes.writeBigInt64LE(BigInt(value)));
  return bytes.subarray(0, numberWriters[type](bytes, Number(value)));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}
