import { type LlamaSizes, tensorShapes } from '#models/convert/llama/sizes.ts';
import type { Token } from '#models/convert/llama/token.ts';
import { sentencePieces } from './pieces.ts';

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A LLaMA as llama.cpp has it. */
export interface Llama {
  readonly sizes: LlamaSizes;
  readonly epsilon: number;
  readonly ropeBase: number;
  readonly context: number;
  /** One for each row of the embeddings, or fewer. */
  readonly tokens: readonly Token[];
  /** By llama.cpp's names, queries and keys in its order of rows. */
  readonly weights: ReadonlyMap<string, Values>;
}

const small: LlamaSizes = {
  width: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headWidth: 16,
  mlpWidth: 96,
  vocabulary: sentencePieces.length,
};

/** Grouped queries, and values that are others in every place. */
export function madeUpLlama(sizes: Partial<LlamaSizes> = {}): Llama {
  const all = { ...small, ...sizes };
  const weights = new Map(
    tensorShapes(all, false).map(([name, shape], seed) => [name, { shape, data: madeUpValues(shape, seed) }]),
  );
  return { sizes: all, epsilon: 1e-5, ropeBase: 10_000, context: 512, tokens: sentencePieces, weights };
}

export function madeUpValues(shape: readonly number[], seed: number): Float32Array {
  const length = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length }, (_, index) => Math.sin((index + 1) * (seed + 1.7)) / 4);
}
