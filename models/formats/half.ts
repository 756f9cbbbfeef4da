/** 16-bit floats: IEEE binary16 (F16) and bfloat16 (BF16), to and from float32. */

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

let halfTable: Float32Array | undefined;

/** All 65,536 values of F16 (256 KiB, built on first use): a tower has 300 million to decode. */
function allHalves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, bits) => decodeHalf(bits));
  return halfTable;
}

export function halfToFloat(halves: Uint16Array): Float32Array {
  const table = allHalves();
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i] ?? Number.NaN] ?? Number.NaN;
  return floats;
}

/** The F16 with these 16 bits; NaN for more bits. */
export function halfToNumber(bits: number): number {
  return allHalves()[bits] ?? Number.NaN;
}

/** Rounds to the nearest F16, ties to even; beyond 65,504 becomes infinity. */
export function floatToHalf(floats: Float32Array): Uint16Array {
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) halves[i] = encodeHalf(floats[i] ?? Number.NaN);
  return halves;
}

/** A bfloat16 is the upper half of a float32. */
export function bfloatToFloat(bfloats: Uint16Array): Float32Array {
  const bits = new Uint32Array(bfloats.length);
  for (let i = 0; i < bfloats.length; i++) bits[i] = (bfloats[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function encodeHalf(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65,520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: a multiple of 2^-24; below 2^52 this sum makes the processor round, ties to even.
    const steps = Math.abs(value) * 2 ** 24;
    return sign | (steps + 2 ** 52 - 2 ** 52);
  }
  const roundUp = ((magnitude >>> 13) & 1) + 0xfff;
  return sign | ((magnitude - 0x38000000 + roundUp) >>> 13);
}
