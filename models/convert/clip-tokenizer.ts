import { z } from 'zod';
import { FormatError } from '#models/formats/format-error.ts';
import { maxTokenizerSize, readJson } from './read-json.ts';

/** CLIP's tokenizer in Hugging Face's form, and the tokens that it puts around and behind a text. */
export interface ClipTokenizer {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly pad: number;
}

const id = z.int().nonnegative();
const tokenizerJson = z.object({
  added_tokens: z.array(z.object({ id, content: z.string() })).default([]),
  model: z.object({ vocab: z.record(z.string(), id).default({}) }),
});

/** Reads a `tokenizer.json`; undefined where there is none. Throws `FormatError` for one that is not CLIP's. */
export async function readClipTokenizer(path: string): Promise<ClipTokenizer | undefined> {
  const json = await readJson(path, tokenizerJson, maxTokenizerSize);
  if (json === undefined) return undefined;
  const find = (text: string): number => {
    const added = json.added_tokens.find(({ content }) => content === text);
    const found = added?.id ?? json.model.vocab[text];
    if (found !== undefined) return found;
    throw new FormatError('unsupported', path, `has no token ${text}; is it CLIP's tokenizer?`);
  };
  // OpenAI's own tokenizer pads with 0; what stands there no other token sees
  return { path, start: find('<|startoftext|>'), end: find('<|endoftext|>'), pad: 0 };
}
