import { byteCharacters, characterOf } from './byte-characters.ts';
import { splitPieces } from './split-pieces.ts';

/** Tokens in front of the bytes and words; trained weights depend on the order. */
export const specialTokens = ['<s>', '</s>', '<pad>'] as const;

/**
 * Whole words where the vocabulary has them, single bytes elsewhere: byte-level BPE without merges, which llama.cpp calls
 * `llama-bpe` (it takes a known word without merging). No word is ever unknown.
 */
export class WordTokenizer {
  readonly bos = 0;
  readonly eos = 1;
  readonly pad = 2;
  /** Token texts by id, in GPT-2's printable bytes. */
  readonly tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  constructor(words: readonly string[]) {
    const bytes = Array.from({ length: 256 }, (_, byte) => characterOf(byte));
    const longWords = words.map(byteCharacters).filter((word) => [...word].length > 1);
    this.tokens = [...specialTokens, ...bytes, ...longWords];
    this.#ids = new Map(this.tokens.map((token, id) => [token, id]));
    if (this.#ids.size !== this.tokens.length) throw new Error('the word list names a word twice');
  }

  encode(text: string): number[] {
    return splitPieces(text).flatMap((piece) => {
      const token = byteCharacters(piece);
      const known = this.#ids.get(token);
      return known !== undefined ? [known] : [...token].map((byte) => this.#ids.get(byte) ?? this.pad);
    });
  }
}
