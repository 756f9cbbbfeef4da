import type { LlamaModel, Token } from 'node-llama-cpp';

/** A character has at most four bytes, so a longer run of incomplete tokens is not UTF-8 and is emitted as it is. */
const maxPendingTokens = 8;

/** Text that an answer continues, and its tokens. */
export interface Prefill {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/**
 * Tokens to text, piece by piece. Withholds incomplete UTF-8 characters, and text that may be the beginning of a stop
 * sequence.
 */
export class StreamingDetokenizer {
  readonly #model: LlamaModel;
  readonly #stops: readonly string[];
  readonly #before: Token[];
  #pending: Token[] = [];
  /** All text, and the length of what was emitted. */
  #text: string;
  #emitted: number;
  #stopped = false;

  /** `stops`: stop sequences, not part of the answer. `prefill`: the text that the answer continues. */
  constructor(model: LlamaModel, stops: readonly string[] = [], prefill: Prefill = { text: '', tokens: [] }) {
    this.#model = model;
    this.#stops = stops.filter((stop) => stop !== '');
    this.#text = prefill.text;
    this.#emitted = prefill.text.length;
    this.#before = [...prefill.tokens];
  }

  /** All text so far, without the space between prompt and answer. */
  get text(): string {
    return this.#text;
  }

  /** Whether a stop sequence was generated; nothing is emitted after it. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Number of tokens at the end that form an incomplete character and are not in `text` yet. */
  get pendingTokens(): number {
    return this.#pending.length;
  }

  /** The text that can be emitted after this token; may be empty. */
  push(token: Token): string {
    if (this.#stopped) return '';
    this.#pending.push(token);
    const piece = this.#model.detokenize(this.#pending, false, this.#before);
    if (piece.endsWith('\ufffd') && this.#pending.length < maxPendingTokens) return '';
    this.#before.push(...this.#pending);
    this.#pending = [];
    this.#text += this.#text === '' ? piece.trimStart() : piece;
    const stop = firstStop(this.#text, this.#stops);
    if (stop !== undefined) {
      this.#stopped = true;
      this.#text = this.#text.slice(0, stop);
    }
    return this.#emit(this.#stopped ? 0 : partialStopLength(this.#text, this.#stops));
  }

  /** The withheld rest, at the end of the answer. */
  end(): string {
    return this.#emit(0);
  }

  #emit(withheld: number): string {
    const end = Math.max(this.#emitted, this.#text.length - withheld);
    const piece = this.#text.slice(this.#emitted, end);
    this.#emitted = end;
    return piece;
  }
}

function firstStop(text: string, stops: readonly string[]): number | undefined {
  const indices = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
  return indices.length === 0 ? undefined : Math.min(...indices);
}

/** Length of the longest suffix of the text that is a prefix of a stop sequence. */
function partialStopLength(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (stop.startsWith(text.slice(-length))) longest = length;
    }
  }
  return longest;
}
