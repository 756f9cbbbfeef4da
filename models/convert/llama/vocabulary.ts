import { join } from 'node:path';
import { FormatError } from '../../formats/format-error.ts';
import { readAddedTokens } from './added-tokens.ts';
import { readSentencePiece } from './sentence-piece.ts';
import { type Token, tokenType, type Vocabulary } from './token.ts';
import { readTokenizerJson } from './tokenizer-json.ts';

/** What llama.cpp's converter gives tokens that nothing merges into. */
const lowestScore = -1000;

/**
 * The SentencePiece vocabulary of a LLaMA's folder, from `tokenizer.model` or else `tokenizer.json`, with a token for
 * each of the `rows` embeddings: tokens that were added later, then fillers. Throws `FormatError`.
 */
export async function readVocabulary(folder: string, rows: number): Promise<Vocabulary> {
  const base = (await readSentencePiece(folder)) ?? (await readTokenizerJson(folder));
  if (base === undefined) {
    throw new FormatError(
      'unreadable',
      folder,
      'has no tokenizer (neither tokenizer.model nor tokenizer.json)',
    );
  }
  if (base.tokens.length > rows) {
    const problem = `its tokenizer has ${base.tokens.length} tokens, its embeddings only ${rows} rows`;
    throw new FormatError('malformed', folder, problem);
  }
  const added = await readAddedTokens(folder);
  const tokens = [...base.tokens];
  for (let id = base.tokens.length; id < rows; id++) {
    const later = added.get(id);
    const type = later?.special === false ? tokenType.userDefined : tokenType.control;
    tokens.push({
      text: later?.text ?? `[PAD${id}]`,
      score: lowestScore,
      type: later === undefined ? tokenType.unused : type,
    });
  }
  refuseTwins(tokens, join(folder, 'tokenizer'));
  return { ...base, tokens };
}

/** llama.cpp looks tokens up by their texts. */
function refuseTwins(tokens: readonly Token[], where: string): void {
  const seen = new Set<string>();
  for (const { text } of tokens) {
    if (seen.has(text)) throw new FormatError('malformed', where, `two tokens are ${JSON.stringify(text)}`);
    seen.add(text);
  }
}
