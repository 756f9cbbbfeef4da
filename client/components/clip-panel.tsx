import type { Ref } from 'preact';
import { texts } from '../messages/language.ts';
import { type ChatScreen, type Screen, type ShownClip, shownClip } from '../state/screen.ts';
import type { AppState } from '../state/app-state.ts';
import { duration, size } from '../state/wording.ts';
import { ClipTabs } from './clip-tabs.tsx';
import { ExportButtons } from './export-buttons.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { SeenFrames } from './seen-frames.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { Player } from './player.tsx';

interface ClipPanelProps {
  readonly app: AppState;
  readonly screen: Exclude<Screen, { at: 'start' }>;
  readonly player: Ref<HTMLVideoElement>;
  readonly onSeek: (seconds: number) => void;
}

/** The clip that is shown, what the model saw of it, and how answers are made. */
export function ClipPanel({ app, screen, player, onSeek }: ClipPanelProps) {
  const t = texts.value.clip;
  const chat = screen.at === 'chat' ? screen : undefined;
  const shown = chat && shownClip(chat);
  const played = screen.at === 'upload' ? screen.clip : shown?.played;
  return (
    <section class="clip" aria-label={t.title}>
      {played && <Player key={played.url} clip={played} video={player} />}
      {chat && shown?.receipt && <SeenFrames app={app} chat={chat} shown={shown} onSeek={onSeek} />}
      {chat && chat.clips.length > 1 && <ClipTabs app={app} chat={chat} />}
      {played && (
        <div class="clip-facts">
          <h1 class="clip-name" title={played.name}>
            {played.name}
          </h1>
          {shown && <p class="hint">{factsOf(shown)}</p>}
        </div>
      )}
      {chat !== undefined && chat.missingClips.length > 0 && (
        <p class="hint">{t.missing(chat.missingClips.join(', '))}</p>
      )}
      {chat && <Choices app={app} chat={chat} />}
    </section>
  );
}

function Choices({ app, chat }: { readonly app: AppState; readonly chat: ChatScreen }) {
  return (
    <div class="choices">
      <ModeSwitch mode={chat.mode} onChange={(mode) => app.watch(mode)} />
      <SettingsPanel settings={app.settings} />
      {chat.conversation && (
        <ExportButtons
          conversation={chat.conversation}
          clips={chat.clips}
          model={app.model.value?.name ?? ''}
        />
      )}
    </div>
  );
}

function factsOf({ video, receipt }: ShownClip): string {
  const facts = [duration(video.duration), `${video.width} × ${video.height}`, size(video.bytes)];
  if (receipt === undefined) return facts.join(' · ');
  return [...facts, texts.value.clip.seen(receipt.frames.length, receipt.videoTokens.count)].join(' · ');
}
