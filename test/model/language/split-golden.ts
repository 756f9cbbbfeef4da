import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFiles } from '#models/package/manifest.ts';
import { splitLlm } from '#models/package/split-llm.ts';
import type { VideoTokens } from '#engine/types.ts';
import { golden } from '#test/helpers/goldens.ts';

const llm = golden('llava-tiny/llm.gguf');

/** Why tests of the tiny LLaVA have to be skipped, if so. */
export const { skip } = llm;
export const tokensPerClip = 16;
export const width = 96;

/** The tiny LLaVA's decoder as a package has it, in `outDir`. */
export async function splitGolden(
  outDir: string,
  slots: number,
): Promise<{ body: string; embeddings: string }> {
  await splitLlm({ input: llm.path, outDir, slots, tokensPerClip });
  return { body: join(outDir, packageFiles.llmBody), embeddings: join(outDir, packageFiles.llmEmbeddings) };
}

/** The tiny LLaVA's picture after its projector. */
export async function goldenTokens(): Promise<VideoTokens> {
  const bytes = await readFile(golden('llava-tiny/embd.f32').path);
  const data = Float32Array.from({ length: tokensPerClip * width }, (_, i) => bytes.readFloatLE(i * 4));
  return { data, count: tokensPerClip, width };
}

/** Another clip for each seed, with values of the same size. */
export function madeUpTokens(seed: number): VideoTokens {
  const data = Float32Array.from({ length: tokensPerClip * width }, (_, i) =>
    Math.sin((i + 1) * (seed + 1.5)),
  );
  return { data, count: tokensPerClip, width };
}
