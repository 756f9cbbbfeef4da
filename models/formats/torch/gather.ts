/**
 * The elements of a strided view, packed row by row. `shape`, `strides` and `offset` count elements of `width` bytes.
 * Throws `RangeError` for a view that reaches outside `bytes`.
 */
export function gather(
  bytes: Buffer<ArrayBuffer>,
  width: 1 | 2 | 4 | 8,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  const packed = packedStrides(shape);
  const count = shape.reduce((product, side) => product * side, 1);
  const last = shape.reduce((index, side, axis) => index + (side - 1) * strideOf(strides, axis), offset);
  if (count > 0 && (last + 1) * width > bytes.length) {
    throw new RangeError(`a view that ends at element ${last} of ${bytes.length / width}`);
  }
  // The stride of a side of one (or of an empty tensor) is never used, and torch may write anything there.
  const isPacked = count === 0 || shape.every((side, axis) => side === 1 || strides[axis] === packed[axis]);
  if (isPacked) {
    const view = bytes.subarray(offset * width, (offset + count) * width);
    // A small part of a large storage must not keep all of it in memory.
    return view.length === bytes.length ? view : new Uint8Array(view);
  }
  const gathered = new Uint8Array(count * width);
  for (let i = 0; i < count; i++) {
    let index = offset;
    for (let axis = 0, rest = i; axis < shape.length; axis++) {
      const step = strideOf(packed, axis);
      index += Math.floor(rest / step) * strideOf(strides, axis);
      rest %= step;
    }
    for (let b = 0; b < width; b++) gathered[i * width + b] = bytes.readUInt8(index * width + b);
  }
  return gathered;
}

function strideOf(strides: readonly number[], axis: number): number {
  const stride = strides[axis];
  if (stride === undefined) throw new RangeError(`no stride for axis ${axis}`);
  return stride;
}

function packedStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
}
