import { type DecodeBlock, half } from './block.ts';

/**
 * ggml's types with 32 values in a block (ggml-common.h, ggml-quants.c): a half-float scale, for the `_1` types an offset, and
 * codes. Codes of 4 bits lie in 16 bytes: value i in the low half of byte i, value 16 + i in its high half.
 */

export const q4_0: DecodeBlock = (bytes, index, out, to) => {
  const scale = half(bytes, index);
  for (let i = 0; i < 16; i++) {
    const codes = bytes.getUint8(index + 2 + i);
    out[to + i] = scale * ((codes & 15) - 8);
    out[to + 16 + i] = scale * ((codes >> 4) - 8);
  }
};

export const q4_1: DecodeBlock = (bytes, index, out, to) => {
  const [scale, offset] = [half(bytes, index), half(bytes, index + 2)];
  for (let i = 0; i < 16; i++) {
    const codes = bytes.getUint8(index + 4 + i);
    out[to + i] = scale * (codes & 15) + offset;
    out[to + 16 + i] = scale * (codes >> 4) + offset;
  }
};

/** The fifth bit of value i is bit i of a word of its own. */
export const q5_0: DecodeBlock = (bytes, index, out, to) => {
  const scale = half(bytes, index);
  const fifth = bytes.getUint32(index + 2, true);
  for (let i = 0; i < 16; i++) {
    const codes = bytes.getUint8(index + 6 + i);
    out[to + i] = scale * ((codes & 15) + 16 * ((fifth >>> i) & 1) - 16);
    out[to + 16 + i] = scale * ((codes >> 4) + 16 * ((fifth >>> (16 + i)) & 1) - 16);
  }
};

export const q5_1: DecodeBlock = (bytes, index, out, to) => {
  const [scale, offset] = [half(bytes, index), half(bytes, index + 2)];
  const fifth = bytes.getUint32(index + 4, true);
  for (let i = 0; i < 16; i++) {
    const codes = bytes.getUint8(index + 8 + i);
    out[to + i] = scale * ((codes & 15) + 16 * ((fifth >>> i) & 1)) + offset;
    out[to + 16 + i] = scale * ((codes >> 4) + 16 * ((fifth >>> (16 + i)) & 1)) + offset;
  }
};

export const q8_0: DecodeBlock = (bytes, index, out, to) => {
  const scale = half(bytes, index);
  for (let i = 0; i < 32; i++) out[to + i] = scale * bytes.getInt8(index + 2 + i);
};
