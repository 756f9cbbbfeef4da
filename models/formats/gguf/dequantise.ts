import { bfloatToFloat, halfToFloat } from '../half.ts';

const blockValues = 32;
const q8Bytes = 34;

/** Tensor data of ggml type `type` as float32; undefined for a type that is not decoded. */
export function dequantise(type: number, bytes: Uint8Array): Float32Array | undefined {
  const aligned = new Uint8Array(bytes).buffer;
  switch (type) {
    case 0:
      return new Float32Array(aligned);
    case 1:
      return halfToFloat(new Uint16Array(aligned));
    case 30:
      return bfloatToFloat(new Uint16Array(aligned));
    case 8:
      return dequantiseQ8(bytes);
    default:
      return undefined;
  }
}

/** Q8_0: blocks of a half-float scale and 32 signed bytes. */
function dequantiseQ8(bytes: Uint8Array): Float32Array {
  const blocks = bytes.length / q8Bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scales = halfToFloat(
    Uint16Array.from({ length: blocks }, (_, block) => view.getUint16(block * q8Bytes, true)),
  );
  return Float32Array.from({ length: blocks * blockValues }, (_, place) => {
    const block = Math.floor(place / blockValues);
    return (scales[block] ?? 0) * view.getInt8(block * q8Bytes + 2 + (place % blockValues));
  });
}
