import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Seekable } from '../markdown/markdown.tsx';
import { texts } from '../messages/language.ts';
import { type ChatScreen, isBusy } from '../state/screen.ts';
import { type Turn, turnsOf } from '../state/conversation.ts';
import type { AppState } from '../state/app-state.ts';
import { AboutModel } from './about-model.tsx';
import { TurnView } from './turn-view.tsx';

interface TranscriptProps {
  readonly app: AppState;
  /** Undefined while the clip is still on its way. */
  readonly chat: ChatScreen | undefined;
  readonly clip: Seekable;
}

/** So near to the end that new words should stay in view, in pixels. */
const nearEnd = 80;

export function Transcript({ app, chat, clip }: TranscriptProps) {
  const model = app.model.value;
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);

  // Keeps the newest words in view, unless the reader scrolled up to something older.
  useLayoutEffect(() => {
    if (following.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  });

  return (
    <div
      ref={box}
      class={chat !== undefined && isBusy(chat) ? 'transcript busy' : 'transcript'}
      role="log"
      // words would be read out one by one; the status line tells the whole answer once
      aria-live="off"
      aria-label={texts.value.chat.log}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        following.current = scrollHeight - scrollTop - clientHeight < nearEnd;
      }}
    >
      {model && <AboutModel model={model} />}
      {chat?.conversation &&
        turnsOf(chat.conversation).map((turn) => (
          <TurnView
            key={turn.question.message.id}
            app={app}
            turn={turn}
            clip={clip}
            clipNames={clipNames(chat, turn)}
            findings={chat.findings.get(turn.question.message.id)}
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

/** Names of the clips that came with a question, where the conversation has several. */
function clipNames({ clips }: ChatScreen, { question }: Turn): string {
  if (clips.length < 2) return '';
  const { videoIds } = question.message;
  return clips
    .filter(({ video }) => videoIds.includes(video.id))
    .map(({ video }) => video.name)
    .join(', ');
}
