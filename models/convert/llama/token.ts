/** llama.cpp's token types, which are SentencePiece's. */
export const tokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** Several times the largest vocabulary in use. */
export const maxTokens = 1_000_000;

export interface Token {
  readonly text: string;
  /** Pairs merge in the order of their scores, the highest first. */
  readonly score: number;
  /** One of `tokenType`. */
  readonly type: number;
}

export interface Vocabulary {
  readonly tokens: readonly Token[];
  /** Whether a text is read as if a space stood before it. */
  readonly spacePrefix: boolean;
}
