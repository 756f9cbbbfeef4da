import { useRef } from 'preact/hooks';
import type { Screen } from '../state/screen.ts';
import type { Visit } from '../state/visit.ts';
import { duration, size } from '../state/wording.ts';
import { Filmstrip } from './filmstrip.tsx';
import { ExportButtons } from './export-buttons.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { Player } from './player.tsx';

interface ClipPanelProps {
  readonly visit: Visit;
  readonly screen: Exclude<Screen, { at: 'start' }>;
}

export function ClipPanel({ visit, screen }: ClipPanelProps) {
  const { clip } = screen;
  const video = useRef<HTMLVideoElement>(null);
  const seek = (seconds: number) => {
    if (video.current === null) return;
    video.current.pause();
    video.current.currentTime = seconds;
  };
  return (
    <section class="clip" aria-label="Clip">
      <Player key={clip.url} clip={clip} video={video} />
      {screen.at === 'chat' && screen.seen && (
        <Filmstrip videoId={screen.video.id} times={screen.seen.frames} onSeek={seek} />
      )}
      <div class="clip-facts">
        <h1 class="clip-name" title={clip.name}>
          {clip.name}
        </h1>
        {screen.at === 'chat' && (
          <p class="hint">
            {duration(screen.video.duration)} · {screen.video.width} × {screen.video.height} ·{' '}
            {size(screen.video.bytes)}
            {screen.seen && ` · ${screen.seen.frames.length} frames, ${screen.seen.videoTokens.count} tokens`}
          </p>
        )}
      </div>
      {screen.at === 'chat' && <ModeSwitch mode={screen.mode} onChange={(mode) => visit.watch(mode)} />}
      {screen.at === 'chat' && <SettingsPanel settings={visit.settings} />}
      {screen.at === 'chat' && screen.talk && (
        <ExportButtons
          talk={screen.talk}
          video={screen.video}
          seen={screen.seen}
          model={visit.model.value?.name ?? ''}
        />
      )}
    </section>
  );
}
