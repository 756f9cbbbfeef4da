/** llama.cpp's `llama3` pre-tokenizer, with its case-insensitive group written out (Node 20 has no `(?i:)`). */
const pieces =
  /'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;

/** The pieces a text is split into before its tokens are looked up; together they are the text. */
export function splitPieces(text: string): string[] {
  return text.match(pieces) ?? [];
}
