import type { TokenizerAndRendererExtension, Token, Tokens } from 'marked';

/** A formula in TeX. */
export interface MathToken extends Tokens.Generic {
  readonly type: 'blockMath' | 'inlineMath';
  readonly raw: string;
  readonly tex: string;
  /** Whether it stands on a line of its own. */
  readonly isDisplayed: boolean;
}

/** Without empty lines, so that what stands before one never changes as the text grows. */
const blockStart =
  /^(?:\$\$((?:[^\n]|\n(?![ \t]*\n)){1,4000}?)\$\$|\\\[((?:[^\n]|\n(?![ \t]*\n)){1,4000}?)\\\])[ \t]*(?:\n|$)/;
/** `$` as Pandoc has it: no space inside, no digit behind, so that `$5 and $10` are amounts of money. */
const inlineStart =
  /^(?:\$\$([^$\n]{1,1000}?)\$\$|\\\[((?:(?!\\\])[^\n]){1,1000}?)\\\]|\\\(((?:(?!\\\))[^\n]){1,1000}?)\\\)|\$(?![\s$])((?:\\.|[^$\\\n]){1,1000}?)(?<!\s)\$(?!\d))/;

/** Formulas between `$$`, `$`, `\[ \]` and `\( \)`. */
export const mathExtensions: TokenizerAndRendererExtension[] = [
  {
    name: 'blockMath',
    level: 'block',
    tokenizer: (source) => mathToken('blockMath', blockStart.exec(source)),
  },
  {
    name: 'inlineMath',
    level: 'inline',
    start: (source) => {
      const at = source.search(/\$|\\[([]/);
      return at < 0 ? undefined : at;
    },
    tokenizer: (source) => mathToken('inlineMath', inlineStart.exec(source)),
  },
];

function mathToken(type: MathToken['type'], found: RegExpExecArray | null): MathToken | undefined {
  if (found === null) return undefined;
  const [raw, ...groups] = found;
  const tex = groups.find((group) => group !== undefined)?.trim() ?? '';
  if (tex === '') return undefined;
  return { type, raw, tex, isDisplayed: type === 'blockMath' || /^(?:\$\$|\\\[)/.test(raw) };
}

export function isMath(token: Token): token is MathToken {
  return token.type === 'blockMath' || token.type === 'inlineMath';
}
