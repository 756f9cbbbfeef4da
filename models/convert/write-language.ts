import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { splitLlm } from '#models/package/split-llm.ts';
import type { Precision } from '#models/package/write-encoder.ts';
import type { ProgressReport } from '#models/progress.ts';
import type { Llava } from './llava.ts';
import { writeLlamaGguf } from './llama/write-llama-gguf.ts';

export interface LanguagePlan {
  /** Clips that can be in the vocabulary at once, and rows of each. */
  readonly slots: number;
  readonly tokensPerClip: number;
  /** `int8` stores a folder's matrices in Q8_0, `f32` in F16. */
  readonly precision: Precision;
  readonly progress: (step: string) => ProgressReport;
}

/** Writes the LLM's two files into `dir`, through a GGUF where it comes as a folder; see `checkLanguage`, which goes before. */
export async function writeLanguage(
  { llm }: Pick<Llava, 'llm'>,
  { slots, precision, progress, tokensPerClip }: LanguagePlan,
  dir: string,
): Promise<void> {
  const converted = join(dir, 'llm.gguf');
  if (llm.kind === 'folder') {
    const matrices = precision === 'int8' ? 'q8_0' : 'f16';
    await writeLlamaGguf(llm.path, converted, matrices, progress('language model to GGUF'));
  }
  const input = llm.kind === 'gguf' ? llm.path : converted;
  await splitLlm({ input, outDir: dir, slots, tokensPerClip, onProgress: progress('language model') });
  if (llm.kind === 'folder') await rm(converted, { force: true });
}
