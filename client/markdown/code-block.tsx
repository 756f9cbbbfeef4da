import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { texts } from '../messages/language.ts';

interface CodeBlockProps {
  readonly code: string;
  /** As the fence names it; empty where it names none. */
  readonly language: string;
  /** Whether its end has come: what still grows is not coloured with each word. */
  readonly isWhole: boolean;
}

/** Characters of a block beyond which it stays without colours: they would take longer than a frame. */
const maxColouredLength = 20_000;

/** Code with its language, a button that copies it, and colours as soon as what makes them is there. */
export function CodeBlock({ code, language, isWhole }: CodeBlockProps) {
  const { chat: t } = texts.value;
  const [coloured, setColoured] = useState<{ code: string; lines: ComponentChildren }>();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!isWhole || language === '' || code.length > maxColouredLength) return;
    let isGone = false;
    const colour = async () => {
      const { highlighted } = await import('./highlight.ts');
      if (!isGone) setColoured({ code, lines: highlighted(code, language) });
    };
    // without colours it can be read as well
    void colour().catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [code, language, isWhole]);
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
  };
  return (
    <div class="code-block">
      <div class="code-head">
        <span>{language}</span>
        {/* plain http has no clipboard */}
        {'clipboard' in navigator && (
          <button type="button" class="icon" aria-label={t.copyCode} title={t.copyCode} onClick={copy}>
            <Icon name={copied ? 'check' : 'copy'} size={16} />
          </button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre tabIndex={0} dir="ltr">
        <code>{coloured?.code === code ? coloured.lines : code}</code>
      </pre>
    </div>
  );
}
