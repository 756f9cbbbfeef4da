import type { LlamaModel, Token } from 'node-llama-cpp';

/** A character has at most four bytes, so four tokens that end in half a one hold no character at all, or two. */
const maxUnfinished = 8;

/** An answer that goes on, and its tokens. */
export interface Prefill {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/**
 * Tokens to text, piece by piece: a character whose bytes are not all there yet waits for the rest, and so does what may
 * become one of the texts that end the answer.
 */
export class StreamingDetokenizer {
  readonly #model: LlamaModel;
  readonly #stops: readonly string[];
  readonly #before: Token[];
  #unfinished: Token[] = [];
  /** All text, and how much of it was handed out. */
  #text: string;
  #given: number;
  #stopped = false;

  /** `stops`: texts that end the answer and are not part of it. `prefill`: what the answer goes on with. */
  constructor(model: LlamaModel, stops: readonly string[] = [], prefill: Prefill = { text: '', tokens: [] }) {
    this.#model = model;
    this.#stops = stops.filter((stop) => stop !== '');
    this.#text = prefill.text;
    this.#given = prefill.text.length;
    this.#before = [...prefill.tokens];
  }

  /** All text so far, without the space that parts an answer from its prompt. */
  get text(): string {
    return this.#text;
  }

  /** Whether a text that ends the answer has come; nothing comes after it. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** How many of the last tokens are only a part of a character, and so in no text yet. */
  get unfinished(): number {
    return this.#unfinished.length;
  }

  /** What the token adds to the text; often a word, sometimes nothing. */
  push(token: Token): string {
    if (this.#stopped) return '';
    this.#unfinished.push(token);
    const piece = this.#model.detokenize(this.#unfinished, false, this.#before);
    if (piece.endsWith('\ufffd') && this.#unfinished.length < maxUnfinished) return '';
    this.#before.push(...this.#unfinished);
    this.#unfinished = [];
    this.#text += this.#text === '' ? piece.trimStart() : piece;
    const stop = firstStop(this.#text, this.#stops);
    if (stop !== undefined) {
      this.#stopped = true;
      this.#text = this.#text.slice(0, stop);
    }
    return this.#give(this.#stopped ? 0 : beginningOfStop(this.#text, this.#stops));
  }

  /** What was held back, at the answer's end. */
  end(): string {
    return this.#give(0);
  }

  #give(heldBack: number): string {
    const end = Math.max(this.#given, this.#text.length - heldBack);
    const piece = this.#text.slice(this.#given, end);
    this.#given = end;
    return piece;
  }
}

function firstStop(text: string, stops: readonly string[]): number | undefined {
  const indices = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
  return indices.length === 0 ? undefined : Math.min(...indices);
}

/** Length of the longest end of the text that a stop begins with. */
function beginningOfStop(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (stop.startsWith(text.slice(-length))) longest = length;
    }
  }
  return longest;
}
