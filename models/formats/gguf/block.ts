import { halfToNumber } from '../half.ts';

/** Decodes the block that starts at byte `at`: its values go to `out` from place `to` on. */
export type DecodeBlock = (bytes: DataView, index: number, out: Float32Array, to: number) => void;

/** A block's scale or offset. */
export function half(bytes: DataView, index: number): number {
  return halfToNumber(bytes.getUint16(index, true));
}
