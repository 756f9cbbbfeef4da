import { type DecodeBlock, half } from './block.ts';
import { type Grid, readGrids } from './iq-grids.ts';

const grids = readGrids();

/** `count` values of the grid from place `from`, scaled, those negative whose bits are set from `bit` on. */
function decodePoint(
  grid: Grid,
  { from, count, signs, bit }: { from: number; count: number; signs: number; bit: number },
  scale: number,
  out: Float32Array,
  to: number,
): void {
  for (let i = 0; i < count; i++) {
    const value = scale * (grid[from + i] ?? 0);
    out[to + i] = (signs >> (bit + i)) & 1 ? -value : value;
  }
}

/** Seven signs are stored; the eighth makes their number even (`ksigns_iq2xs`). */
function eightSigns(seven: number): number {
  let parity = seven ^ (seven >> 4);
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return seven | ((parity & 1) << 7);
}

/** 256 values: scale, and for each 32 of them four points of 8 bits, four times seven signs, a scale of 4 bits. */
export const iq2_xxs: DecodeBlock = (bytes, position, out, to) => {
  const blockScale = half(bytes, position);
  for (let sub = 0; sub < 8; sub++) {
    const start = position + 2 + 8 * sub;
    const word = bytes.getUint32(start + 4, true);
    const scale = blockScale * (0.5 + (word >>> 28)) * 0.25;
    for (let i = 0; i < 4; i++) {
      const signs = eightSigns((word >>> (7 * i)) & 127);
      const from = 8 * bytes.getUint8(start + i);
      decodePoint(grids.iq2_xxs, { from, count: 8, signs, bit: 0 }, scale, out, to + 32 * sub + 8 * i);
    }
  }
};

/** 256 values: scale, 32 words of a point (9 bits) and seven signs, 16 scales of 4 bits. */
export const iq2_xs: DecodeBlock = (bytes, position, out, to) => {
  const blockScale = half(bytes, position);
  for (let i = 0; i < 32; i++) {
    const word = bytes.getUint16(position + 2 + 2 * i, true);
    const scale = blockScale * (0.5 + nibble(bytes, position + 66, i >> 1)) * 0.25;
    const signs = eightSigns(word >> 9);
    decodePoint(grids.iq2_xs, { from: 8 * (word & 511), count: 8, signs, bit: 0 }, scale, out, to + 8 * i);
  }
};

/** 256 values: scale, 32 points (their lower 8 bits), 32 bytes of signs, the points' upper 2 bits, 16 scales of 4 bits. */
export const iq2_s: DecodeBlock = (bytes, position, out, to) => {
  const blockScale = half(bytes, position);
  for (let i = 0; i < 32; i++) {
    const upper = (bytes.getUint8(position + 66 + (i >> 2)) >> (2 * (i & 3))) & 3;
    const from = 8 * (bytes.getUint8(position + 2 + i) | (upper << 8));
    const scale = blockScale * (0.5 + nibble(bytes, position + 74, i >> 1)) * 0.25;
    const signs = bytes.getUint8(position + 34 + i);
    decodePoint(grids.iq2_s, { from, count: 8, signs, bit: 0 }, scale, out, to + 8 * i);
  }
};

/** 256 values: scale, 64 points, and for each 32 values a word of four times seven signs and a scale of 4 bits. */
export const iq3_xxs: DecodeBlock = (bytes, position, out, to) => {
  const blockScale = half(bytes, position);
  for (let i = 0; i < 64; i++) {
    const word = bytes.getUint32(position + 66 + 4 * (i >> 3), true);
    const scale = blockScale * (0.5 + (word >>> 28)) * 0.5;
    const signs = eightSigns((word >>> (7 * ((i >> 1) & 3))) & 127);
    const from = 4 * bytes.getUint8(position + 2 + i);
    decodePoint(grids.iq3_xxs, { from, count: 4, signs, bit: 4 * (i & 1) }, scale, out, to + 4 * i);
  }
};

/** 256 values: scale, 64 points (their lower 8 bits), the points' ninth bits, 32 bytes of signs, 8 scales of 4 bits. */
export const iq3_s: DecodeBlock = (bytes, position, out, to) => {
  const blockScale = half(bytes, position);
  for (let i = 0; i < 64; i++) {
    const upper = (bytes.getUint8(position + 66 + (i >> 3)) >> (i & 7)) & 1;
    const from = 4 * (bytes.getUint8(position + 2 + i) | (upper << 8));
    const scale = blockScale * (1 + 2 * nibble(bytes, position + 106, i >> 3));
    const signs = bytes.getUint8(position + 74 + (i >> 1));
    decodePoint(grids.iq3_s, { from, count: 4, signs, bit: 4 * (i & 1) }, scale, out, to + 4 * i);
  }
};

/** The `index`-th of 4-bit numbers that lie two in a byte, the first in the lower half. */
function nibble(bytes: DataView, position: number, index: number): number {
  return (bytes.getUint8(position + (index >> 1)) >> (4 * (index & 1))) & 15;
}
