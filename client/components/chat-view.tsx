import { useMemo, useRef } from 'preact/hooks';
import { type Screen, shownClip } from '../state/screen.ts';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { ClipPanel } from './clip-panel.tsx';
import { Composer } from './composer.tsx';
import { FailureLine } from './failure-line.tsx';
import { StatusLine } from './status-line.tsx';
import { Transcript } from './transcript.tsx';

interface ChatViewProps {
  readonly app: AppState;
  readonly screen: Exclude<Screen, { at: 'start' }>;
}

/** The clip beside the conversation about it; on a narrow screen above it. */
export function ChatView({ app, screen }: ChatViewProps) {
  const chat = screen.at === 'chat' ? screen : undefined;
  const player = useRef<HTMLVideoElement>(null);
  const duration = chat && shownClip(chat)?.video.duration;
  // the same object while it is the same clip: whoever draws moments draws them again only for another
  const clip = useMemo(() => {
    const onSeek = (seconds: number) => {
      player.current?.pause();
      if (player.current !== null) player.current.currentTime = seconds;
    };
    return { duration: duration ?? 0, onSeek };
  }, [duration]);
  return (
    <main class="chat">
      <ClipPanel app={app} screen={screen} player={player} onSeek={clip.onSeek} />
      <section class="conversation" aria-label={texts.value.chat.title}>
        <Transcript app={app} chat={chat} clip={clip} />
        <div class="foot">
          {chat?.failure && <FailureLine failure={chat.failure} />}
          <StatusLine screen={screen} isOnline={app.connection.isOpen.value} />
          <Composer app={app} chat={chat} />
        </div>
      </section>
    </main>
  );
}
