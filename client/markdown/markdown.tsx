import { Component, type ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { MarkedToken, Token, Tokens } from 'marked';
import { type Blocks, blocksOf, isMarkdown, noBlocks } from './blocks.ts';
import { CodeBlock } from './code-block.tsx';
import { Formula } from './formula.tsx';
import { isMath } from './math.ts';
import { piecesOf } from './moments.ts';

/** The clip that an answer speaks of: moments in the text become buttons that go there. */
export interface Seekable {
  /** Of the clip, in seconds. */
  readonly duration: number;
  readonly onSeek: (seconds: number) => void;
}

interface MarkdownProps {
  readonly text: string;
  readonly clip: Seekable | undefined;
}

/**
 * A text of a model as Markdown. Made of elements, never of markup: HTML in the text is shown as the characters it is,
 * pictures as their words, and a link that is not for the web as its words alone.
 */
export function Markdown({ text, clip }: MarkdownProps) {
  const blocks = useRef<Blocks>(noBlocks);
  blocks.current = blocksOf(text, blocks.current);
  return (
    <div class="markdown">
      {blocks.current.tokens.map((token, index) => (
        <Block key={index} token={token} clip={clip} />
      ))}
    </div>
  );
}

interface BlockProps {
  readonly token: Token;
  readonly clip: Seekable | undefined;
}

/** One block, or item of a list; drawn again only where its text has changed. */
class Block extends Component<BlockProps> {
  override shouldComponentUpdate({ token, clip }: BlockProps): boolean {
    return token.raw !== this.props.token.raw || clip !== this.props.clip;
  }

  override render({ token, clip }: BlockProps) {
    return one(token, clip);
  }
}

function all(tokens: readonly Token[] | undefined, clip: Seekable | undefined): ComponentChildren[] {
  return tokens?.map((token) => one(token, clip)) ?? [];
}

function one(token: Token, clip: Seekable | undefined): ComponentChildren {
  if (isMath(token)) return <Formula tex={token.tex} raw={token.raw} isDisplayed={token.isDisplayed} />;
  return isMarkdown(token) ? drawn(token, clip) : token.raw;
}

function drawn(token: MarkedToken, clip: Seekable | undefined): ComponentChildren {
  switch (token.type) {
    case 'paragraph':
      return <p>{all(token.tokens, clip)}</p>;
    case 'heading':
      // the page has its own headings; to those who jump between them an answer is one of its parts
      return (
        <p class="heading" data-depth={token.depth}>
          {all(token.tokens, clip)}
        </p>
      );
    case 'list':
      return list(token, clip);
    case 'list_item':
      return all(token.tokens, clip);
    case 'blockquote':
      return <blockquote>{all(token.tokens, clip)}</blockquote>;
    case 'code':
      return <CodeBlock code={token.text} language={languageOf(token)} isWhole={isWhole(token)} />;
    case 'table':
      return table(token, clip);
    case 'hr':
      return <hr />;
    case 'br':
      return <br />;
    case 'strong':
      return <strong>{all(token.tokens, clip)}</strong>;
    case 'em':
      return <em>{all(token.tokens, clip)}</em>;
    case 'del':
      return <del>{all(token.tokens, clip)}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'link':
      return link(token, clip);
    case 'image':
      return token.text;
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'text':
      return token.tokens === undefined ? moments(token.text, clip) : all(token.tokens, clip);
    case 'escape':
      return token.text;
    case 'html':
    case 'def':
      return token.raw;
    case 'space':
      return null;
  }
}

/** The first word behind the fence, such as `ts`. */
function languageOf({ lang }: Tokens.Code): string {
  return lang?.trim().split(/\s/)[0] ?? '';
}

/** Whether the fence at the end has come. */
function isWhole({ raw }: Tokens.Code): boolean {
  return /\n *(?:`{3,}|~{3,})\s*$/.test(raw);
}

function list({ ordered, start, items }: Tokens.List, clip: Seekable | undefined): ComponentChildren {
  const drawnItems = items.map((item, index) => (
    <li key={index}>
      <Block token={item} clip={clip} />
    </li>
  ));
  return ordered ? <ol start={start === '' ? 1 : start}>{drawnItems}</ol> : <ul>{drawnItems}</ul>;
}

function table({ header, rows }: Tokens.Table, clip: Seekable | undefined): ComponentChildren {
  const style = ({ align }: Tokens.TableCell) => (align === null ? undefined : `align-${align}`);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <div class="table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((cell, index) => (
              <th key={index} scope="col" class={style(cell)}>
                {all(cell.tokens, clip)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.map((cell, index) => (
                <td key={index} class={style(cell)}>
                  {all(cell.tokens, clip)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function link({ href, tokens }: Tokens.Link, clip: Seekable | undefined): ComponentChildren {
  const words = all(tokens, clip);
  if (!/^(?:https?:\/\/|mailto:)/i.test(href)) return words;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {words}
    </a>
  );
}

function moments(text: string, clip: Seekable | undefined): ComponentChildren {
  if (clip === undefined) return text;
  return piecesOf(text, clip.duration).map((piece) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      <button type="button" class="moment" onClick={() => clip.onSeek(piece.seconds)}>
        {piece.text}
      </button>
    ),
  );
}
