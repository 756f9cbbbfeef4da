import { FormatError } from '#models/formats/format-error.ts';
import type { StatedLlama } from './config.ts';
import { type Token, tokenType } from './token.ts';

/**
 * Ids of the tokens that begin and end a text: those that `config.json` names, where they can be. Early conversions of
 * LLaMA name others there, `<unk>` and `<s>`; theirs are SentencePiece's own. Throws `FormatError`.
 */
export function endTokens(
  tokens: readonly Token[],
  stated: Pick<StatedLlama, 'bos' | 'eos'>,
  folder: string,
): { readonly bos: number; readonly eos: number } {
  const bos = chosen(stated.bos, '<s>');
  return { bos, eos: stated.eos === bos ? chosen(undefined, '</s>') : chosen(stated.eos, '</s>') };

  function chosen(id: number | undefined, text: string): number {
    if (id !== undefined && tokens[id]?.type === tokenType.control) return id;
    const own = tokens.findIndex((token) => token.text === text && token.type === tokenType.control);
    if (own >= 0) return own;
    const problem = `neither its config.json names a control token for ${text} nor has its tokenizer one`;
    throw new FormatError('malformed', folder, problem);
  }
}
