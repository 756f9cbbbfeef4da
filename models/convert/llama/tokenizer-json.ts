import { join } from 'node:path';
import { z } from 'zod';
import { FormatError } from '../../formats/format-error.ts';
import { largestTokenizer, readJson } from '../read-json.ts';
import { addedToken } from './added-tokens.ts';
import { type Token, tokenType, type Vocabulary } from './token.ts';

const prefixed = z.object({ type: z.string(), prepend: z.string().optional() });

const tokenizer = z.object({
  model: z.object({
    type: z.string(),
    byte_fallback: z.boolean().nullish(),
    unk_token: z.string().nullish(),
    vocab: z.union([z.record(z.string(), z.int().nonnegative()), z.array(z.unknown())]),
  }),
  normalizer: z
    .object({ normalizers: z.array(prefixed).optional() })
    .and(prefixed.partial())
    .nullish(),
  pre_tokenizer: z.object({ prepend_scheme: z.string().optional() }).nullish(),
  added_tokens: z.array(addedToken).default([]),
});

/** The bytes' own tokens, `<0x00>` to `<0xFF>`. */
const byteToken = /^<0x[0-9A-F]{2}>$/;

/**
 * The same vocabulary as transformers' fast tokenizers keep it, without scores: a LLaMA's ids rise in the order in which
 * pairs merge, so an id's negative stands for its score. Throws `FormatError` for a tokenizer that is not SentencePiece's.
 */
export async function readTokenizerJson(folder: string): Promise<Vocabulary | undefined> {
  const path = join(folder, 'tokenizer.json');
  const found = await readJson(path, tokenizer, largestTokenizer);
  if (found === undefined) return undefined;
  const { vocab, type, byte_fallback: fallback, unk_token: unknown } = found.model;
  if (type !== 'BPE' || fallback !== true || Array.isArray(vocab)) {
    const remedy = "convert it with llama.cpp's converter and import the GGUF";
    throw new FormatError(
      'unsupported',
      path,
      `is not of SentencePiece's kind, as LLaMA 1 and 2 are; ${remedy}`,
    );
  }
  const special = new Set(found.added_tokens.filter((token) => token.special).map(({ content }) => content));
  const entries = Object.entries(vocab).sort(([, one], [, other]) => one - other);
  // a hole would shift every id behind it
  if (entries.some(([, id], place) => id !== place)) {
    throw new FormatError('malformed', path, 'its ids are not 0, 1, 2 and on');
  }
  const tokens = entries.map(([text, id]): Token => {
    const type = typeOf(text);
    return { text, score: type === tokenType.normal ? -id : 0, type };
  });
  const steps = [found.normalizer, ...(found.normalizer?.normalizers ?? [])];
  const scheme = found.pre_tokenizer?.prepend_scheme;
  return {
    tokens,
    spacePrefix: steps.some((step) => step?.type === 'Prepend') || scheme === 'always' || scheme === 'first',
  };

  function typeOf(text: string): number {
    if (text === unknown) return tokenType.unknown;
    if (special.has(text)) return tokenType.control;
    return byteToken.test(text) ? tokenType.byte : tokenType.normal;
  }
}
