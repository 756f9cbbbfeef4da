import { type DecodeBlock, half } from './block.ts';

/** What the 16 codes of ggml's `IQ4` types stand for (`kvalues_iq4nl` in ggml-common.h): dense around zero, as weights are. */
const levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/** 32 codes in 16 bytes: value i in the low half of byte i, value 16 + i in its high half. */
function decodeLevels(bytes: DataView, index: number, scale: number, out: Float32Array, to: number): void {
  for (let i = 0; i < 16; i++) {
    const codes = bytes.getUint8(index + i);
    out[to + i] = scale * (levels[codes & 15] ?? Number.NaN);
    out[to + 16 + i] = scale * (levels[codes >> 4] ?? Number.NaN);
  }
}

/** 32 values: scale, codes. */
export const iq4_nl: DecodeBlock = (bytes, index, out, to) => {
  decodeLevels(bytes, index + 2, half(bytes, index), out, to);
};

/** 256 values: scale, 8 scales of 6 bits (all upper two bits in a word, then all lower four), codes. */
export const iq4_xs: DecodeBlock = (bytes, index, out, to) => {
  const blockScale = half(bytes, index);
  const upper = bytes.getUint16(index + 2, true);
  for (let sub = 0; sub < 8; sub++) {
    const low = (bytes.getUint8(index + 4 + (sub >> 1)) >> (4 * (sub & 1))) & 15;
    const high = (upper >> (2 * sub)) & 3;
    const scale = blockScale * (low + 16 * high - 32);
    decodeLevels(bytes, index + 8 + 16 * sub, scale, out, to + 32 * sub);
  }
};
