import { FormatError } from '#models/formats/format-error.ts';
import type { Token } from './token.ts';

/** Throws `FormatError` for tokens at which llama.cpp ends its whole process: while it loads them, or at a user's letter. */
export function checkTokens(tokens: readonly Token[], folder: string): void {
  const seen = new Set<string>();
  for (const { text } of tokens) {
    const refuse = (problem: string) =>
      new FormatError('malformed', folder, `its tokenizer has ${problem} ${JSON.stringify(text)}`);
    // it reads a text up to its first zero, and looks tokens up by what it has read
    if (text.includes('\0') || /\p{Surrogate}/u.test(text)) throw refuse('a token that is no text,');
    if (seen.has(text)) throw refuse('two tokens');
    seen.add(text);
  }
  // letters without a token of their own are spelt in bytes
  for (let byte = 0; byte < 256; byte++) {
    const text = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
    if (!seen.has(text)) throw new FormatError('unsupported', folder, `its tokenizer has no token ${text}`);
  }
}
