import { readFile } from 'node:fs/promises';
import { findStats } from '#core/find-stats.ts';
import type { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';

const maxConfig = 4 * 2 ** 20;
/** A tokenizer names hundreds of thousands of tokens and merges. */
export const maxTokenizerSize = 64 * 2 ** 20;

/** A JSON file of a model folder, of at most `largest` bytes, checked; undefined where there is none. Throws `FormatError`. */
export async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
  largest = maxConfig,
): Promise<T | undefined> {
  const found = await findStats(path);
  if (found === undefined) return undefined;
  if (!found.isFile() || found.size > largest) {
    throw new FormatError('too_large', path, `is not a text file of at most ${largest / 2 ** 20} MiB`);
  }
  const parsed = schema.safeParse(parse(path, await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem = `${issue?.path.join('.') || 'its content'}: ${issue?.message ?? 'not as expected'}`;
  throw new FormatError('malformed', path, problem, { cause: parsed.error });
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError('malformed', path, 'is not JSON', { cause });
  }
}
