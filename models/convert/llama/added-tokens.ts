import { join } from 'node:path';
import { z } from 'zod';
import { maxTokenizerSize, readJson } from '../read-json.ts';

const addedToken = z.object({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  special: z.boolean().default(true),
});

export interface AddedToken {
  readonly text: string;
  /** Steers the model and is never read in a user's text. */
  readonly special: boolean;
}

const tokenizerJson = z.object({ added_tokens: z.array(addedToken).default([]) });
const tokenizerConfig = z.object({
  added_tokens_decoder: z.record(z.string(), addedToken.omit({ id: true })).default({}),
});
const addedTokensJson = z.record(z.string(), z.int().nonnegative());

/** Tokens that were added to a folder's vocabulary, by id, from all the places where transformers has kept them. */
export async function readAddedTokens(folder: string): Promise<ReadonlyMap<number, AddedToken>> {
  const added = new Map<number, AddedToken>();
  const old = await readJson(join(folder, 'added_tokens.json'), addedTokensJson);
  for (const [text, id] of Object.entries(old ?? {})) added.set(id, { text, special: true });
  const config = await readJson(join(folder, 'tokenizer_config.json'), tokenizerConfig);
  for (const [id, { content, special }] of Object.entries(config?.added_tokens_decoder ?? {})) {
    added.set(Number(id), { text: content, special });
  }
  const fast = await readJson(join(folder, 'tokenizer.json'), tokenizerJson, maxTokenizerSize);
  for (const { id, content, special } of fast?.added_tokens ?? []) added.set(id, { text: content, special });
  return added;
}
