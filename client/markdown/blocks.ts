import { type MarkedToken, Marked, type Token } from 'marked';
import { mathExtensions } from './math.ts';

/** Characters of one paragraph beyond which emphasis is not looked for: the search takes the square of them. */
const maxEmphasisLength = 8000;
/** What is shown as it is: so deep within lists and quotes that the lexer would run out of stack, or a word that takes it seconds. */
const unreadable = /^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)])){30}|\S{2000}/m;

const marked = new Marked({
  extensions: mathExtensions,
  tokenizer: {
    // a definition at the end would change links above it, which stand already
    def: () => undefined,
    // markup is text like any other
    html: () => undefined,
    tag: () => undefined,
    emStrong(_source, masked) {
      return masked.length > maxEmphasisLength ? undefined : false;
    },
  },
});

/** The blocks of a text, and which text that is. */
export interface Blocks {
  readonly source: string;
  readonly tokens: readonly Token[];
}

export const noBlocks: Blocks = { source: '', tokens: [] };

/**
 * Paragraphs, lists and so on of a Markdown text (CommonMark with GitHub's tables, strike-through and bare links). Where the
 * text begins with the one before, only its end is read anew, so that a growing answer costs no more with its length.
 */
export function blocksOf(text: string, before: Blocks = noBlocks): Blocks {
  const source = text.replaceAll(/\r\n?/g, '\n');
  if (source === before.source) return before;
  const kept = source.startsWith(before.source) ? settled(before.tokens) : [];
  const length = kept.reduce((sum, { raw }) => sum + raw.length, 0);
  const rest = source.slice(length);
  return { source, tokens: [...kept, ...(unreadable.test(rest) ? [plain(rest)] : marked.lexer(rest))] };
}

/** Tokens that no further text can change: all before the last two blocks, up to an empty line. */
function settled(tokens: readonly Token[]): readonly Token[] {
  const isBlock = ({ type }: Token): boolean => type !== 'space';
  const last = tokens.findLastIndex(isBlock);
  const lastButOne = tokens.slice(0, Math.max(0, last)).findLastIndex(isBlock);
  const end = tokens.slice(0, Math.max(0, lastButOne)).findLastIndex(({ raw }) => /\n\n$/.test(raw));
  return tokens.slice(0, end + 1);
}

function plain(text: string): Token {
  return { type: 'paragraph', raw: text, text, tokens: [{ type: 'text', raw: text, text, escaped: false }] };
}

/** Whether a token is one of the lexer's own kinds; the others are formulas. */
export function isMarkdown(token: Token): token is MarkedToken {
  return token.type in kinds;
}

const kinds: Readonly<Record<MarkedToken['type'], true>> = {
  blockquote: true,
  br: true,
  checkbox: true,
  code: true,
  codespan: true,
  def: true,
  del: true,
  em: true,
  escape: true,
  heading: true,
  hr: true,
  html: true,
  image: true,
  link: true,
  list: true,
  list_item: true,
  paragraph: true,
  space: true,
  strong: true,
  table: true,
  text: true,
};
