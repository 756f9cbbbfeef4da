import { useMemo, useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { type ChatScreen, shownClip } from '../state/screen.ts';
import { ClipPanel } from './clip-panel.tsx';
import { Composer } from './composer.tsx';
import { DemoNotice } from './demo-notice.tsx';
import { FailureLine } from './failure-line.tsx';
import { StatusLine } from './status-line.tsx';
import { Transcript } from './transcript.tsx';

interface ChatViewProps {
  readonly app: AppState;
  readonly chat: ChatScreen;
}

const tabs = ['chat', 'clip'] as const;

/** The conversation beside its clips; on a narrow screen one of the two, by tabs. */
export function ChatView({ app, chat }: ChatViewProps) {
  const { chat: t } = texts.value;
  const [tab, setTab] = useState<(typeof tabs)[number]>('chat');
  const [frame, setFrame] = useState(0);
  const shown = shownClip(chat);
  const { duration } = shown?.video ?? {};
  const times = shown?.receipt?.frames;
  // the same object while it is the same clip: turns are rendered again only for another
  const clip = useMemo(() => {
    const onSeek = (seconds: number) => {
      setTab('clip');
      if (times !== undefined) setFrame(nearest(times, seconds));
      app.timelines.position.value = seconds;
      const { player } = app.landmarks;
      player?.pause();
      if (player !== undefined) player.currentTime = seconds;
    };
    return { duration: duration ?? 0, onSeek };
  }, [app, duration, times]);
  return (
    <main class="chat" data-tab={tab} ref={app.landmarks.ref('content')} tabIndex={-1}>
      <fieldset class="view-tabs segments">
        <legend class="unseen">{t.views}</legend>
        {tabs.map((one) => (
          <label key={one} class="segment">
            <input
              class="unseen"
              type="radio"
              name="view"
              checked={one === tab}
              onChange={() => setTab(one)}
            />
            <span>{one === 'clip' ? t.clipTab : t.chatTab}</span>
          </label>
        ))}
      </fieldset>
      <section class="conversation" aria-label={t.title}>
        <DemoNotice app={app} />
        <Transcript app={app} chat={chat} clip={clip} />
        <div class="foot">
          {chat.failure && <FailureLine failure={chat.failure} />}
          <StatusLine app={app} chat={chat} />
          <Composer app={app} chat={chat} />
        </div>
      </section>
      <ClipPanel app={app} chat={chat} frame={frame} onFrame={setFrame} onSeek={clip.onSeek} />
    </main>
  );
}

/** Index of the frame that is nearest to a moment. */
function nearest(times: readonly number[], seconds: number): number {
  const distances = times.map((time) => Math.abs(time - seconds));
  return distances.indexOf(Math.min(...distances));
}
