import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openGguf } from '#models/formats/gguf/read.ts';
import { PackageError } from '#models/package/package-error.ts';
import { splitLlm } from '#models/package/split-llm.ts';
import type { Precision } from '#models/package/write-encoder.ts';
import type { ProgressReport } from '#models/progress.ts';
import type { Llava } from './llava.ts';
import { writeLlamaGguf } from './llama/write-llama-gguf.ts';

export interface LanguagePlan {
  /** Clips that can be in the vocabulary at once, and rows of each. */
  readonly slots: number;
  readonly tokensPerClip: number;
  /** Width of the tokens that the projector makes. */
  readonly projectorWidth: number;
  /** Most tokens of a conversation; the LLM's own limit if that is lower. */
  readonly context: number;
  /** `int8` stores a folder's matrices in Q8_0, `f32` in F16. */
  readonly precision: Precision;
  readonly progress: (step: string) => ProgressReport;
}

/**
 * Writes the LLM's two files into `dir`, through a GGUF where it comes as a folder. Returns the context length. Throws
 * `PackageError` where projector and LLM do not fit.
 */
export async function writeLanguage(
  { llm }: Pick<Llava, 'llm'>,
  { slots, context, precision, progress, tokensPerClip, projectorWidth }: LanguagePlan,
  dir: string,
): Promise<number> {
  const converted = join(dir, 'llm.gguf');
  const input = llm.kind === 'gguf' ? llm.path : converted;
  if (llm.kind === 'folder') {
    const matrices = precision === 'int8' ? 'q8_0' : 'f16';
    await writeLlamaGguf(llm.path, converted, matrices, progress('language model to GGUF'));
  }
  const file = await openGguf(input);
  try {
    const [, width] = file.tensor('token_embd.weight').shape;
    if (width !== projectorWidth) {
      const problem = `its embeddings are ${width} wide, the projector's output ${projectorWidth}`;
      throw new PackageError('invalid', `${input}: ${problem}; the two files are of different models.`);
    }
    const onProgress = progress('language model');
    await splitLlm({ input, outDir: dir, slots, tokensPerClip, onProgress });
    return Math.min(context, file.number(`${file.string('general.architecture')}.context_length`));
  } finally {
    await file.close();
    if (llm.kind === 'folder') await rm(converted, { force: true });
  }
}
