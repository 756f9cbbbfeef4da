import { compareAdapter, hasAdapterGoldens } from './bt-adapter.ts';
import type { Comparison } from './comparison.ts';
import { compareLlava, hasLlavaGoldens } from './llava.ts';
import { compareLanguage, hasLanguageGoldens } from './llava-language.ts';
import { compareMugStan, hasMugStanGoldens } from './mug-stan.ts';

/** Compares whatever references the folder holds. @throws when it holds none we know */
export async function compareGoldens(dir: string): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  if (hasMugStanGoldens(dir)) comparisons.push(...(await compareMugStan(dir)));
  if (hasAdapterGoldens(dir)) comparisons.push(...(await compareAdapter(dir)));
  if (hasLlavaGoldens(dir)) comparisons.push(...(await compareLlava(dir)));
  if (hasLanguageGoldens(dir)) comparisons.push(...(await compareLanguage(dir)));
  if (comparisons.length === 0) throw new Error(`${dir} holds no reference outputs`);
  return comparisons;
}
