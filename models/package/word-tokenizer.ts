import { splitPieces } from './split-pieces.ts';

/** Tokens in front of the bytes and words; the order is part of every trained weight. */
export const specialTokens = ['<s>', '</s>', '<pad>'] as const;

/**
 * Whole words where the vocabulary has them, single bytes where not: byte-level BPE whose merges are never needed,
 * which llama.cpp calls `llama-bpe` (it takes a known word without merging). No word is ever unknown.
 */
export class WordTokenizer {
  readonly bos = 0;
  readonly eos = 1;
  readonly pad = 2;
  /** Token texts by id, in GPT-2's printable bytes. */
  readonly tokens: readonly string[];
  private readonly ids: ReadonlyMap<string, number>;

  constructor(words: readonly string[]) {
    const bytes = Array.from({ length: 256 }, (_, byte) => printableByte(byte));
    const longWords = words.map(printable).filter((word) => [...word].length > 1);
    this.tokens = [...specialTokens, ...bytes, ...longWords];
    this.ids = new Map(this.tokens.map((token, id) => [token, id]));
    if (this.ids.size !== this.tokens.length) throw new Error('the word list names a word twice');
  }

  encode(text: string): number[] {
    return splitPieces(text).flatMap((piece) => {
      const token = printable(piece);
      const known = this.ids.get(token);
      return known !== undefined ? [known] : [...token].map((byte) => this.ids.get(byte) ?? this.pad);
    });
  }
}

/** Text as GPT-2's byte-level BPE writes it: each UTF-8 byte as one printable character. */
function printable(text: string): string {
  return [...new TextEncoder().encode(text)].map(printableByte).join('');
}

/** GPT-2's `bytes_to_unicode`: printable Latin-1 stays, the other 68 bytes move up to U+0100 in order. */
function printableByte(byte: number): string {
  const visible = (code: number): boolean =>
    (code >= 33 && code <= 126) || (code >= 161 && code <= 172) || (code >= 174 && code <= 255);
  if (visible(byte)) return String.fromCharCode(byte);
  let place = 0;
  for (let other = 0; other < byte; other++) if (!visible(other)) place += 1;
  return String.fromCharCode(256 + place);
}
