import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Conversation } from '../state/conversation.ts';
import type { Model } from '../state/model.ts';
import { TurnView } from './turn-view.tsx';

interface TranscriptProps {
  readonly model: Model | undefined;
  readonly entries: Conversation['entries'];
}

/** So near to the end that new words should stay in view, in pixels. */
const nearEnd = 80;

export function Transcript({ model, entries }: TranscriptProps) {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);

  // Keeps the newest words in view, unless the reader scrolled up to something older.
  useLayoutEffect(() => {
    if (following.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  });

  return (
    <div
      ref={box}
      class="transcript"
      role="log"
      aria-label="Questions and answers"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        following.current = scrollHeight - scrollTop - clientHeight < nearEnd;
      }}
    >
      {model && (
        <p class="note">
          <strong>{model.name}</strong> {model.about}
        </p>
      )}
      {entries.map((entry, index) =>
        entry.kind === 'turn' ? (
          <TurnView key={index} turn={entry} />
        ) : (
          <p key={index} class="note">
            {entry.text}
          </p>
        ),
      )}
    </div>
  );
}
