import { decodeHTML } from 'entities';

const singleQuotes = /[\u02bc\u2018-\u201b]/g;
const doubleQuotes = /[\u201c-\u201f]/g;
/** Latin letters tied together, and those as wide as Chinese ones. */
const variants = /[\u3000\ufb00-\ufb06\uff01-\uff5e]/g;

/**
 * A text as CLIP's own tokenizer cleans it before anything else (simple_tokenizer.py, `basic_clean`): HTML's entities,
 * twice, since captions of the web are often escaped twice, and of ftfy what captions need: straight quotes and plain letters.
 */
export function cleanText(text: string): string {
  const plain = text
    .replace(singleQuotes, "'")
    .replace(doubleQuotes, '"')
    .replace(variants, (letter) => letter.normalize('NFKC'));
  return decodeHTML(decodeHTML(plain)).trim();
}
