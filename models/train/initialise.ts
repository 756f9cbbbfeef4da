import { randomFrom } from '#models/world/random.ts';

/**
 * First values of a parameter, by what its name says it is: norms at one, biases and STAN's `temporal_fc` at zero
 * (docs/method.md section 3), tables at 0.02, matrices at 1/sqrt(inputs). The same seed and name give the same values.
 */
export function initialValue(name: string, shape: readonly number[], seed: number): Float32Array {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (/norm\d?\.weight$|layrnorm\.weight$/.test(name)) return new Float32Array(size).fill(1);
  if (name.endsWith('.bias') || name.includes('temporal_fc')) return new Float32Array(size);
  const fanIn = shape.slice(1).reduce((product, dim) => product * dim, 1);
  const deviation = /embed|token_embd/.test(name) && !name.includes('patch') ? 0.02 : 1 / Math.sqrt(fanIn);
  const random = randomFrom(`${seed}/${name}`);
  return Float32Array.from({ length: size }, () => deviation * normal(random.uniform(), random.uniform()));
}

/** A standard normal draw from two uniform ones (Box & Muller 1958). */
function normal(a: number, b: number): number {
  return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
}
