import { floatToHalf } from '../half.ts';

const blockValues = 32;
const blockBytes = 34;

/**
 * Row-major values as Q8_0, the bytes ggml's reference makes: of each 32 a half-float scale (largest magnitude / 127) and
 * 32 signed bytes. Throws `RangeError` unless `values` are whole blocks, finite and with scales that F16 holds.
 */
export function quantiseQ8_0(values: Float32Array): Uint8Array {
  if (values.length % blockValues !== 0) throw new RangeError(`${values.length} values are not blocks of 32`);
  const blocks = values.length / blockValues;
  const scales = Float32Array.from({ length: blocks }, (_, block) => blockScale(values, block * blockValues));
  const bytes = new DataView(new ArrayBuffer(blocks * blockBytes));
  for (const [block, half] of floatToHalf(scales).entries()) bytes.setUint16(block * blockBytes, half, true);
  scales.forEach((scale, block) => {
    // ggml divides by the scale in float32, before it is rounded to F16
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const first = block * blockBytes + 2;
    values.subarray(block * blockValues, (block + 1) * blockValues).forEach((value, i) => {
      bytes.setInt8(first + i, roundAwayFromZero(Math.fround(value * inverse)));
    });
  });
  return new Uint8Array(bytes.buffer);
}

function blockScale(values: Float32Array, from: number): number {
  let largest = 0;
  // `Math.max` keeps a NaN
  for (let i = 0; i < blockValues; i++) largest = Math.max(largest, Math.abs(values[from + i] ?? Number.NaN));
  const scale = Math.fround(largest / 127);
  if (!(scale < 65_520)) throw new RangeError(`${largest} is no value that Q8_0 holds`);
  return scale;
}

/** C's `roundf`; `Math.round` takes halves up. */
function roundAwayFromZero(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
