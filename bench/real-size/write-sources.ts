import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import { ggmlF16 } from '#models/formats/gguf/types.ts';
import { inMebibytes, progressBar } from '#models/progress.ts';
import { mugStanNames, renamed, writeClipFolder, writeTorch } from '../public-weights/write-files.ts';
import { writeMmproj } from '../public-weights/write-mmproj.ts';
import { randomEncoderWeights } from './random-weights.ts';
import type { Scale } from './scales.ts';
import { writeRandomLlama } from './write-llm.ts';

/** Paths that `models import` takes. */
export interface Sources {
  readonly llava: string;
  readonly mmproj: string;
  readonly clip: string;
  readonly stan: string;
}

/**
 * Files with the names and the layout that people have, with random weights: a LLaMA in Q4_0 with LLaMA's vocabulary, the
 * projector's file of llama.cpp's script in F16, a CLIP folder, and a Mug-STAN checkpoint with the CLIP that was tuned
 * with it. Files of an earlier call are taken as they are.
 */
export async function writeSources(dir: string, { chatbot, clip }: Scale): Promise<Sources> {
  const inFolder = (name: string): string => join(dir, name);
  const sources = {
    llava: inFolder('llm.gguf'),
    mmproj: inFolder('mmproj.gguf'),
    clip: inFolder('clip'),
    stan: inFolder('mug_stan.pth'),
  };
  const complete = inFolder('complete');
  if ((await findStats(complete)) !== undefined) return sources;
  await mkdir(dir, { recursive: true });
  await writeRandomLlama(sources.llava, chatbot.llm, inMebibytes(progressBar('llm.gguf')));
  process.stderr.write('towers and branch ...\n');
  await writeMmproj(sources.mmproj, randomEncoderWeights(chatbot), chatbot, { type: ggmlF16 });
  const weights = randomEncoderWeights(clip);
  await writeClipFolder(sources.clip, weights, clip);
  writeTorch(sources.stan, renamed(weights, mugStanNames));
  await writeFile(complete, '');
  return sources;
}
