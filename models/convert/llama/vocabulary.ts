import { FormatError } from '#models/formats/format-error.ts';
import { type AddedToken, readAddedTokens } from './added-tokens.ts';
import { checkTokens } from './check-tokens.ts';
import { readSentencePiece } from './sentence-piece.ts';
import { maxTokens, type Token, tokenType, type Vocabulary } from './token.ts';
import { readTokenizerJson } from './tokenizer-json.ts';

/** What llama.cpp's converter gives tokens that nothing merges into. */
const lowestScore = -1000;

/**
 * The SentencePiece vocabulary of a LLaMA's folder, from `tokenizer.model` or else `tokenizer.json`, with a token for
 * each of the `rows` embeddings: tokens that were added later, then fillers. Throws `FormatError`.
 */
export async function readVocabulary(folder: string, rows: number): Promise<Vocabulary> {
  if (rows > maxTokens)
    throw new FormatError('too_large', folder, `has ${rows} embeddings; at most ${maxTokens} are read`);
  const base = (await readSentencePiece(folder)) ?? (await readTokenizerJson(folder));
  if (base === undefined) {
    const problem = 'has no tokenizer (neither tokenizer.model nor tokenizer.json)';
    throw new FormatError('unreadable', folder, problem);
  }
  if (base.tokens.length > rows) {
    const problem = `its tokenizer has ${base.tokens.length} tokens, its embeddings only ${rows} rows`;
    throw new FormatError('malformed', folder, problem);
  }
  const added = await readAddedTokens(folder);
  const tokens = Array.from({ length: rows }, (_, id) => tokenOf(id, base.tokens[id], added.get(id)));
  checkTokens(tokens, folder);
  return { ...base, tokens };
}

/** Folders list as added what their vocabulary has already (`<s>`), to say that it is special. */
function tokenOf(id: number, own: Token | undefined, added: AddedToken | undefined): Token {
  if (added === undefined) return own ?? { text: `[PAD${id}]`, score: lowestScore, type: tokenType.unused };
  const { text, special } = added;
  const same = own?.text === text ? own : undefined;
  // what llama.cpp falls back to stays what it is
  if (same?.type === tokenType.unknown || same?.type === tokenType.byte) return same;
  const type = special ? tokenType.control : tokenType.userDefined;
  return { text, score: same?.score ?? lowestScore, type };
}
