import { bfloatToFloat, halfToFloat } from '../half.ts';
import type { DecodeBlock } from './block.ts';
import { iq4_nl, iq4_xs } from './iq4-quants.ts';
import { iq2_s, iq2_xs, iq2_xxs, iq3_s, iq3_xxs } from './iq-quants.ts';
import { q2_k, q3_k, q4_k, q5_k, q6_k, q8_k } from './k-quants.ts';
import { q4_0, q4_1, q5_0, q5_1, q8_0 } from './simple-quants.ts';
import { tensorTypes } from './types.ts';

/** Types whose values stand for themselves. */
const plainTypes: ReadonlyMap<string, (data: ArrayBuffer) => Float32Array> = new Map([
  ['F32', (data) => new Float32Array(data)],
  ['F64', (data) => Float32Array.from(new Float64Array(data))],
  ['F16', (data) => halfToFloat(new Uint16Array(data))],
  ['BF16', (data) => bfloatToFloat(new Uint16Array(data))],
]);

const blockTypes: ReadonlyMap<string, DecodeBlock> = new Map([
  ['Q4_0', q4_0],
  ['Q4_1', q4_1],
  ['Q5_0', q5_0],
  ['Q5_1', q5_1],
  ['Q8_0', q8_0],
  ['Q2_K', q2_k],
  ['Q3_K', q3_k],
  ['Q4_K', q4_k],
  ['Q5_K', q5_k],
  ['Q6_K', q6_k],
  ['Q8_K', q8_k],
  ['IQ2_XXS', iq2_xxs],
  ['IQ2_XS', iq2_xs],
  ['IQ2_S', iq2_s],
  ['IQ3_XXS', iq3_xxs],
  ['IQ3_S', iq3_s],
  ['IQ4_NL', iq4_nl],
  ['IQ4_XS', iq4_xs],
]);

/** Whether `dequantise` reads a type. */
export function isDecoded(type: number): boolean {
  const name = tensorTypes.get(type)?.name ?? '';
  return plainTypes.has(name) || blockTypes.has(name);
}

/**
 * Whole blocks of ggml type `type` as float32; undefined for a type that is not decoded. Values that no number stands for
 * (a NaN scale) come out as they are: whoever uses them checks.
 */
export function dequantise(type: number, bytes: Uint8Array): Float32Array | undefined {
  const layout = tensorTypes.get(type);
  if (layout === undefined) return undefined;
  const { name, blockBytes, blockValues } = layout;
  // typed arrays need an aligned start, which bytes out of a file rarely have
  const plain = plainTypes.get(name);
  if (plain !== undefined) return plain(new Uint8Array(bytes).buffer);
  const decode = blockTypes.get(name);
  if (decode === undefined) return undefined;
  const blocks = Math.floor(bytes.length / blockBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(blocks * blockValues);
  for (let block = 0; block < blocks; block++) decode(view, block * blockBytes, values, block * blockValues);
  return values;
}
