import { FormatError } from '#models/formats/format-error.ts';
import { openTensorFile } from '../open-tensor-file.ts';
import { type WeightSource, weightsOf } from '../weight-source.ts';
import { readLlamaConfig, type StatedLlama } from './config.ts';
import { endTokens } from './end-tokens.ts';
import { checkTensors, type LlamaSizes, llamaSizes, type NamedShape, tensorShapes } from './sizes.ts';
import { ggufName } from './tensor-names.ts';
import type { Vocabulary } from './token.ts';
import { readVocabulary } from './vocabulary.ts';

/** A LLaMA in a Hugging Face folder, looked at as closely as headers allow. */
export interface OpenedLlama {
  readonly stated: StatedLlama;
  readonly sizes: LlamaSizes;
  /** Every tensor by llama.cpp's name, in the order of a forward pass. */
  readonly shapes: readonly NamedShape[];
  readonly vocabulary: Vocabulary;
  readonly ends: { readonly bos: number; readonly eos: number };
  /** By llama.cpp's names. */
  readonly weights: WeightSource;
  close(): Promise<void>;
}

/** Throws `FormatError`, which names the file and what is wrong with it. */
export async function openLlama(folder: string): Promise<OpenedLlama> {
  const stated = await readLlamaConfig(folder);
  const file = await openTensorFile(folder);
  try {
    const weights = weightsOf(file, (name) => {
      const found = ggufName(name);
      if (found === 'unknown')
        throw new FormatError('unsupported', folder, `${JSON.stringify(name)} is no tensor of a LLaMA`);
      return found;
    });
    const sizes = llamaSizes(weights, stated);
    const shapes = tensorShapes(sizes, stated.tied);
    checkTensors(weights, shapes);
    const vocabulary = await readVocabulary(folder, sizes.vocabulary);
    const ends = endTokens(vocabulary.tokens, stated, folder);
    return { stated, sizes, shapes, vocabulary, ends, weights, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
