import type { Ref } from 'preact';
import { words } from '../messages/language.ts';
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
  readonly visit: AppState;
  readonly screen: Exclude<Screen, { at: 'start' }>;
  readonly player: Ref<HTMLVideoElement>;
  readonly onSeek: (seconds: number) => void;
}

/** The clip that is shown, what the model saw of it, and how answers are made. */
export function ClipPanel({ visit, screen, player, onSeek }: ClipPanelProps) {
  const { clip: say } = words.value;
  const chat = screen.at === 'chat' ? screen : undefined;
  const shown = chat && shownClip(chat);
  const played = screen.at === 'upload' ? screen.clip : shown?.played;
  return (
    <section class="clip" aria-label={say.title}>
      {played && <Player key={played.url} clip={played} video={player} />}
      {chat && shown?.seen && <SeenFrames visit={visit} chat={chat} shown={shown} onSeek={onSeek} />}
      {chat && chat.clips.length > 1 && <ClipTabs visit={visit} chat={chat} />}
      {played && (
        <div class="clip-facts">
          <h1 class="clip-name" title={played.name}>
            {played.name}
          </h1>
          {shown && <p class="hint">{factsOf(shown)}</p>}
        </div>
      )}
      {chat !== undefined && chat.gone.length > 0 && <p class="hint">{say.gone(chat.gone.join(', '))}</p>}
      {chat && <Choices visit={visit} chat={chat} />}
    </section>
  );
}

function Choices({ visit, chat }: { readonly visit: AppState; readonly chat: ChatScreen }) {
  return (
    <div class="choices">
      <ModeSwitch mode={chat.mode} onChange={(mode) => visit.watch(mode)} />
      <SettingsPanel settings={visit.settings} />
      {chat.talk && (
        <ExportButtons talk={chat.talk} clips={chat.clips} model={visit.model.value?.name ?? ''} />
      )}
    </div>
  );
}

function factsOf({ video, seen }: ShownClip): string {
  const facts = [duration(video.duration), `${video.width} × ${video.height}`, size(video.bytes)];
  if (seen === undefined) return facts.join(' · ');
  return [...facts, words.value.clip.seen(seen.frames.length, seen.videoTokens.count)].join(' · ');
}
