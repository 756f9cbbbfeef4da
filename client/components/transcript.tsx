import { useLayoutEffect, useRef } from 'preact/hooks';
import { type ChatScreen, isBusy } from '../state/screen.ts';
import { turnsOf } from '../state/talk.ts';
import type { Visit } from '../state/visit.ts';
import { TurnView } from './turn-view.tsx';

interface TranscriptProps {
  readonly visit: Visit;
  /** Undefined while the clip is still on its way. */
  readonly chat: ChatScreen | undefined;
}

/** So near to the end that new words should stay in view, in pixels. */
const nearEnd = 80;

export function Transcript({ visit, chat }: TranscriptProps) {
  const model = visit.model.value;
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
      {chat?.talk &&
        turnsOf(chat.talk).map((turn) => (
          <TurnView
            key={turn.question.message.id}
            visit={visit}
            turn={turn}
            compared={chat.compared.get(turn.question.message.id)}
            busy={isBusy(chat)}
          />
        ))}
      {chat?.asking !== undefined && (
        <article class="turn">
          <p class="question">{chat.asking}</p>
          <div class="answer running" aria-busy />
        </article>
      )}
    </div>
  );
}
