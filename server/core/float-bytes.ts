import { endianness } from 'node:os';

/** Numbers as float32, little-endian whatever the machine. */
export function floatBytes(numbers: Float32Array): Buffer {
  const bytes = Buffer.from(numbers.slice().buffer);
  return endianness() === 'BE' ? bytes.swap32() : bytes;
}

/** The numbers of `floatBytes`, in memory of their own; bytes behind the last whole number are left out. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const numbers = new Float32Array(Math.floor(bytes.length / 4));
  const copy = Buffer.from(numbers.buffer);
  copy.set(bytes.subarray(0, copy.length));
  if (endianness() === 'BE') copy.swap32();
  return numbers;
}
