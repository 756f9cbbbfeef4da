import { type DecodeBlock, half } from './block.ts';

/**
 * ggml's "K" types (ggml-common.h, ggml-quants.c): 256 values in a block, in sub-blocks of 16 or 32 with scales of their own,
 * which are codes too and are scaled by the block's half floats.
 *
 * Codes of 2 bits are laid out in two halves of 128 values: byte b of a half holds in bits 0-1, 2-3, 4-5, 6-7 the values
 * b, 32 + b, 64 + b and 96 + b. Where a type has more bits, the others are stored alike, in bytes of their own.
 */

/** Where sub-block `sub` of 16 has its 2-bit codes, counted from the first byte of all such codes, and in which bits. */
function pairsOfBits(sub: number): { first: number; shift: number } {
  return { first: 32 * (sub >> 3) + 16 * (sub & 1), shift: sub & 6 };
}

/** 16 x (4-bit scale, 4-bit offset), 64 bytes of codes, scale, offset. */
export const q2_k: DecodeBlock = (bytes, index, out, to) => {
  const [blockScale, blockOffset] = [half(bytes, index + 80), half(bytes, index + 82)];
  for (let sub = 0; sub < 16; sub++) {
    const packed = bytes.getUint8(index + sub);
    const [scale, offset] = [blockScale * (packed & 15), blockOffset * (packed >> 4)];
    const { first, shift } = pairsOfBits(sub);
    for (let i = 0; i < 16; i++) {
      const code = (bytes.getUint8(index + 16 + first + i) >> shift) & 3;
      out[to + 16 * sub + i] = scale * code - offset;
    }
  }
};

/** 32 bytes of third bits, 64 of the lower two, 16 scales of 6 bits in 12 bytes, scale. */
export const q3_k: DecodeBlock = (bytes, index, out, to) => {
  const blockScale = half(bytes, index + 108);
  for (let sub = 0; sub < 16; sub++) {
    const low = (bytes.getUint8(index + 96 + (sub & 7)) >> (4 * (sub >> 3))) & 15;
    const high = (bytes.getUint8(index + 104 + (sub & 3)) >> (2 * (sub >> 2))) & 3;
    const scale = blockScale * (low + 16 * high - 32);
    const { first, shift } = pairsOfBits(sub);
    for (let i = 0; i < 16; i++) {
      const code = (bytes.getUint8(index + 32 + first + i) >> shift) & 3;
      const third = (bytes.getUint8(index + 16 * (sub & 1) + i) >> (sub >> 1)) & 1;
      out[to + 16 * sub + i] = scale * (code + 4 * third - 4);
    }
  }
};

/** Scale, offset, 8 x (6-bit scale, 6-bit offset) in 12 bytes, 128 bytes of codes. */
export const q4_k: DecodeBlock = (bytes, index, out, to) => {
  const [blockScale, blockOffset] = [half(bytes, index), half(bytes, index + 2)];
  for (let sub = 0; sub < 8; sub++) {
    const scale = blockScale * subScale(bytes, index + 4, sub);
    const offset = blockOffset * subOffset(bytes, index + 4, sub);
    const [first, shift] = [index + 16 + 32 * (sub >> 1), 4 * (sub & 1)];
    for (let i = 0; i < 32; i++) {
      const code = (bytes.getUint8(first + i) >> shift) & 15;
      out[to + 32 * sub + i] = scale * code - offset;
    }
  }
};

/** As Q4_K; before the codes 32 bytes of fifth bits, bit s of byte i for value i of sub-block s. */
export const q5_k: DecodeBlock = (bytes, index, out, to) => {
  const [blockScale, blockOffset] = [half(bytes, index), half(bytes, index + 2)];
  for (let sub = 0; sub < 8; sub++) {
    const scale = blockScale * subScale(bytes, index + 4, sub);
    const offset = blockOffset * subOffset(bytes, index + 4, sub);
    const [first, shift] = [index + 48 + 32 * (sub >> 1), 4 * (sub & 1)];
    for (let i = 0; i < 32; i++) {
      const code = (bytes.getUint8(first + i) >> shift) & 15;
      const fifth = (bytes.getUint8(index + 16 + i) >> sub) & 1;
      out[to + 32 * sub + i] = scale * (code + 16 * fifth) - offset;
    }
  }
};

/**
 * The 12 bytes of Q4_K and Q5_K are three rows of four: scales 0-3, offsets 0-3, and the lower bits of both for 4-7, whose
 * upper two bits are the top bits of the first two rows.
 */
function subScale(bytes: DataView, index: number, sub: number): number {
  const first = bytes.getUint8(index + (sub & 3));
  return sub < 4 ? first & 63 : (bytes.getUint8(index + 4 + sub) & 15) | ((first >> 6) << 4);
}

function subOffset(bytes: DataView, index: number, sub: number): number {
  const first = bytes.getUint8(index + 4 + (sub & 3));
  return sub < 4 ? first & 63 : (bytes.getUint8(index + 4 + sub) >> 4) | ((first >> 6) << 4);
}

/** 128 bytes of lower four bits (a half's 64 hold its first 64 values low, its others high), 64 of upper two, 16 scales, scale. */
export const q6_k: DecodeBlock = (bytes, index, out, to) => {
  const blockScale = half(bytes, index + 208);
  for (let sub = 0; sub < 16; sub++) {
    const scale = blockScale * bytes.getInt8(index + 192 + sub);
    const { first, shift } = pairsOfBits(sub);
    const lowFirst = 64 * (sub >> 3) + 16 * (sub & 3);
    const lowShift = sub & 4;
    for (let i = 0; i < 16; i++) {
      const low = (bytes.getUint8(index + lowFirst + i) >> lowShift) & 15;
      const high = (bytes.getUint8(index + 128 + first + i) >> shift) & 3;
      out[to + 16 * sub + i] = scale * (low + 16 * high - 32);
    }
  }
};

/** A float32 scale, 256 signed bytes, and sums that only products need. */
export const q8_k: DecodeBlock = (bytes, index, out, to) => {
  const scale = bytes.getFloat32(index, true);
  for (let i = 0; i < 256; i++) out[to + i] = scale * bytes.getInt8(index + 4 + i);
};
