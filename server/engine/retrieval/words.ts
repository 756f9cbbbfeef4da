import { at } from '#core/at.ts';
import { bytesOfEntry } from '#models/package/byte-characters.ts';

/** A word, number or run of punctuation of a text, and the tokens that it is made of. */
export interface Word {
  /** As the tokenizer normalises it: CLIP's is lower case. */
  readonly text: string;
  /** First token (inclusive), and last (exclusive). */
  readonly from: number;
  readonly to: number;
}

/** CLIP's vocabulary marks the last token of a word so; others mark the first one with a space. */
const wordEnd = '</w>';
const wordPattern = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]+/gu;

/**
 * The words of a text with their tokens, in order: a word that the vocabulary lacks has several tokens, and so has such a
 * letter. `entries`: the vocabulary's entry of each token, byte-level.
 */
export function wordsOf(entries: readonly string[]): Word[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  const ends = entries.map((entry) => {
    const endsWord = entry.endsWith(wordEnd);
    const bytes = bytesOfEntry(endsWord ? entry.slice(0, -wordEnd.length) : entry);
    const added = decoder.decode(Uint8Array.from(bytes), { stream: true });
    text += added;
    // a token with the first bytes of a character belongs to the position of that character
    const end = added === '' ? text.length + 1 : text.length;
    if (endsWord) text += ' ';
    return end;
  });
  text += decoder.decode();
  const words: Word[] = [];
  let token = 0;
  let begin: number | undefined;
  for (const { 0: match, index } of text.matchAll(wordPattern)) {
    const [from, end] = [token, index + match.length];
    begin ??= index;
    while (token < ends.length && at(ends, token) <= end) token++;
    // a token that continues into the next match ('ll) joins both
    if (token === from) continue;
    words.push({ text: text.slice(begin, end), from, to: token });
    begin = undefined;
  }
  return words;
}
