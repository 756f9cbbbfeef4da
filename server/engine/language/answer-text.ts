import type { LlamaModel, Token } from 'node-llama-cpp';

/** A character has at most four bytes, so four tokens that end in half a one hold no character at all, or two. */
const mostUnfinished = 8;

/** Tokens to text, piece by piece: a character whose bytes are not all there yet waits for the rest. */
export class AnswerText {
  readonly #model: LlamaModel;
  #before: Token[] = [];
  #unfinished: Token[] = [];
  #text = '';

  constructor(model: LlamaModel) {
    this.#model = model;
  }

  /** All text so far, without the space that parts an answer from its prompt. */
  get text(): string {
    return this.#text;
  }

  /** What the token adds to the text; often a word, sometimes nothing. */
  push(token: Token): string {
    this.#unfinished.push(token);
    const piece = this.#model.detokenize(this.#unfinished, false, this.#before);
    if (piece.endsWith('\ufffd') && this.#unfinished.length < mostUnfinished) return '';
    this.#before.push(...this.#unfinished);
    this.#unfinished = [];
    const added = this.#text === '' ? piece.trimStart() : piece;
    this.#text += added;
    return added;
  }
}
