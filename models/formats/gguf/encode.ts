import { FormatError } from '../format-error.ts';
import { floatToHalf } from '../half.ts';
import { quantiseQ8_0 } from './quantise.ts';
import { ggmlF16, ggmlF32, ggmlQ8_0 } from './types.ts';

/** The types that this project writes. */
export type WrittenType = typeof ggmlF32 | typeof ggmlF16 | typeof ggmlQ8_0;

/** From here on a type's numbers are infinite: F16 itself, and the largest of a Q8_0 block by its F16 scale. */
const limits: Record<WrittenType, number> = {
  [ggmlF32]: Number.POSITIVE_INFINITY,
  [ggmlF16]: 65_520,
  [ggmlQ8_0]: 65_520 * 127,
};
const typeNames = { [ggmlF32]: 'F32', [ggmlF16]: 'F16', [ggmlQ8_0]: 'Q8_0' };

/**
 * Row-major values as they lie in a GGUF file. Throws `FormatError`, naming the tensor and the file it came from, for a
 * value that is not finite or more than the type holds.
 */
export function encodeFloats(
  type: WrittenType,
  values: Float32Array,
  { name, path }: { readonly name: string; readonly path: string },
): Uint8Array {
  const wrong = firstBeyond(limits[type], values);
  if (wrong !== undefined) {
    const problem = Number.isFinite(wrong) ? `${wrong}, more than ${typeNames[type]} can` : `${wrong}`;
    throw new FormatError('malformed', path, `${name} holds ${problem}`);
  }
  if (type === ggmlQ8_0) return quantiseQ8_0(values);
  const stored = type === ggmlF32 ? values : floatToHalf(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** The first value that is NaN or not below `limit`. A loop by hand: there are hundreds of millions of values. */
function firstBeyond(limit: number, values: Float32Array): number | undefined {
  for (let index = 0; index < values.length; index++) {
    if (!(Math.abs(values[index] ?? Number.NaN) < limit)) return values[index];
  }
  return undefined;
}
