import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Seekable } from '../markdown/markdown.tsx';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { type Turn, turnsOf } from '../state/conversation.ts';
import { type ChatScreen, isBusy } from '../state/screen.ts';
import { timeSpan } from '../state/wording.ts';
import { EmptyTranscript } from './empty-transcript.tsx';
import { Icon } from './icon.tsx';
import { QueuedTurn } from './queued-turn.tsx';
import { TurnView } from './turn-view.tsx';

interface TranscriptProps {
  readonly app: AppState;
  readonly chat: ChatScreen;
  readonly clip: Seekable;
}

/** So near to the end that new text should stay in view, in pixels. */
const nearEnd = 80;

export function Transcript({ app, chat, clip }: TranscriptProps) {
  const { chat: t } = texts.value;
  const box = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const queued = app.outbox.of(chat.conversation?.info.id);
  // a question that is being sent stands in the conversation once the server has it
  const turns = chat.conversation === undefined ? [] : turnsOf(chat.conversation);
  const lastQueued = queued.at(-1)?.key;

  const scrollToEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  // who asks wants to see the question and its answer, wherever the transcript was scrolled to
  useLayoutEffect(() => {
    if (lastQueued === undefined) return;
    setFollowing(true);
    scrollToEnd();
  }, [lastQueued]);
  // Keeps the newest text in view, unless the reader scrolled up to something older.
  useLayoutEffect(() => {
    if (isFollowing) scrollToEnd();
  });

  return (
    <div class="transcript-frame">
      <div
        ref={box}
        class={isBusy(chat) ? 'transcript busy' : 'transcript'}
        role="log"
        // every token would be read out; the status line announces the whole answer once
        aria-live="off"
        aria-label={t.log}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
          setFollowing(scrollHeight - scrollTop - clientHeight < nearEnd)
        }
      >
        {turns.length === 0 && queued.length === 0 && <EmptyTranscript app={app} chat={chat} />}
        {turns.map((turn) => (
          <TurnView
            key={turn.question.message.id}
            app={app}
            turn={turn}
            clip={clip}
            clips={clipsOf(chat, turn)}
            part={partOf(chat, turn)}
            isEditing={chat.editing === turn.question.message.id}
            isLast={turn === turns.at(-1)}
            findings={chat.findings.get(turn.question.message.id)}
          />
        ))}
        {queued.map((question, index) => (
          <QueuedTurn key={question.key} app={app} chat={chat} question={question} isNext={index === 0} />
        ))}
      </div>
      {!isFollowing && (
        <button
          type="button"
          class="latest"
          onClick={() => {
            setFollowing(true);
            scrollToEnd();
          }}
        >
          <Icon name="arrow-down" size={16} />
          {t.latest}
        </button>
      )}
    </div>
  );
}

/** The part that a question was about, in words; empty where that is all of its clips. */
function partOf({ parts }: ChatScreen, { question }: Turn): string {
  const part = parts.get(question.message.id);
  return part === undefined ? '' : timeSpan(part);
}

/** Places and names of the clips that came with a question, as one text; empty where the conversation has one clip. */
function clipsOf({ clips }: ChatScreen, { question }: Turn): string {
  if (clips.length < 2) return '';
  const { videoIds } = question.message;
  const brought = clips.flatMap(({ video }, index) =>
    videoIds.includes(video.id) ? [{ index, name: video.name }] : [],
  );
  return JSON.stringify(brought);
}
