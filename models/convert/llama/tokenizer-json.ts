import { join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import { maxTokenizerSize, readJson } from '../read-json.ts';
import { maxTokens, type Token, tokenType, type Vocabulary } from './token.ts';

const prefixed = z.object({ type: z.string(), prepend: z.string().optional() });
/** Written as "left right" by older versions. */
const merge = z.union([z.string(), z.tuple([z.string(), z.string()])]);

const tokenizer = z.object({
  model: z.object({
    type: z.string(),
    byte_fallback: z.boolean().nullish(),
    unk_token: z.string().nullish(),
    vocab: z.union([z.record(z.string(), z.int().nonnegative()), z.array(z.unknown())]),
    merges: z.array(merge).default([]),
  }),
  normalizer: z
    .object({ normalizers: z.array(prefixed).optional() })
    .and(prefixed.partial())
    .nullish(),
  pre_tokenizer: z
    .object({ prepend_scheme: z.string().optional(), add_prefix_space: z.boolean().optional() })
    .nullish(),
});

/** The bytes' own tokens, `<0x00>` to `<0xFF>`. */
const byteToken = /^<0x[0-9A-F]{2}>$/;

/**
 * The same vocabulary as transformers' fast tokenizers keep it: a list of merges in their order instead of scores.
 * Which tokens are special is said elsewhere (`readAddedTokens`). Throws `FormatError` for a tokenizer that is not
 * SentencePiece's.
 */
export async function readTokenizerJson(folder: string): Promise<Vocabulary | undefined> {
  const path = join(folder, 'tokenizer.json');
  const found = await readJson(path, tokenizer, maxTokenizerSize);
  if (found === undefined) return undefined;
  const { vocab, type, byte_fallback: fallback, unk_token: unknown, merges } = found.model;
  if (type !== 'BPE' || fallback !== true || Array.isArray(vocab)) {
    const remedy = "convert it with llama.cpp's converter and import the GGUF";
    const problem = `is not of SentencePiece's kind, as LLaMA 1 and 2 are; ${remedy}`;
    throw new FormatError('unsupported', path, problem);
  }
  const entries = Object.entries(vocab).sort(([, one], [, other]) => one - other);
  if (entries.length > maxTokens)
    throw new FormatError('too_large', path, `has ${entries.length} tokens; at most ${maxTokens} are read`);
  // a hole would shift every id behind it
  if (entries.some(([, id], index) => id !== index)) {
    throw new FormatError('malformed', path, 'its ids are not 0, 1, 2 and on');
  }
  const indices = firstMerges(merges);
  const tokens = entries.map(([text]): Token => {
    const type = typeOf(text);
    return { text, score: type === tokenType.normal ? -(indices.get(text) ?? merges.length) : 0, type };
  });
  const steps = [found.normalizer, ...(found.normalizer?.normalizers ?? [])];
  const { prepend_scheme: scheme, add_prefix_space: space } = found.pre_tokenizer ?? {};
  return {
    tokens,
    spacePrefix:
      steps.some((step) => step?.type === 'Prepend') ||
      (scheme === undefined ? space === true : scheme !== 'never'),
  };

  function typeOf(text: string): number {
    if (text === unknown) return tokenType.unknown;
    return byteToken.test(text) ? tokenType.byte : tokenType.normal;
  }
}

/** Where in the list each text is first merged into. */
function firstMerges(merges: readonly z.infer<typeof merge>[]): ReadonlyMap<string, number> {
  const indices = new Map<string, number>();
  for (const [index, pair] of merges.entries()) {
    const text = typeof pair === 'string' ? pair.replace(' ', '') : pair.join('');
    if (!indices.has(text)) indices.set(text, index);
  }
  return indices;
}
