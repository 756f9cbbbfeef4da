import { useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { type ChatScreen, type ShownClip, shownClip } from '../state/screen.ts';
import { duration, size } from '../state/wording.ts';
import { ClipTabs } from './clip-tabs.tsx';
import { ExportButtons } from './export-buttons.tsx';
import { FileButton } from './file-button.tsx';
import { Filmstrip } from './filmstrip.tsx';
import { Icon } from './icon.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { Player } from './player.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { Timeline } from './timeline.tsx';

interface ClipPanelProps {
  readonly app: AppState;
  readonly chat: ChatScreen;
  /** Index of the frame that was chosen, among those that the model saw. */
  readonly frame: number;
  readonly onFrame: (frame: number) => void;
  readonly onSeek: (seconds: number) => void;
}

/** The clip that is shown, what the model saw of it, and how answers are made. */
export function ClipPanel({ app, chat, frame, onFrame, onSeek }: ClipPanelProps) {
  const { clip: t, match } = texts.value;
  const [isHeatShown, setHeatShown] = useState(false);
  const shown = shownClip(chat);
  const played = shown?.played ?? chat.uploads[0]?.played;
  const isLong = shown !== undefined && isShownInSegments(app, shown);
  return (
    <aside class="clip" aria-label={t.title}>
      {chat.clips.length > 1 && <ClipTabs app={app} chat={chat} />}
      {played && (
        <div class="clip-facts">
          <h1 class="clip-name" title={played.name}>
            {played.name}
          </h1>
          <p class="hint">{shown ? factsOf(shown) : ' '}</p>
        </div>
      )}
      {!played && (
        <FileButton
          class="drop-zone"
          accept={app.clipFormats.accept}
          onFiles={(files) => void app.clips.add(files)}
        >
          <img src="/clip.svg" alt="" width="48" height="48" />
          <span class="drop-zone-title">{texts.value.dropHere}</span>
          <span class="button">{texts.value.chooseFile}</span>
        </FileButton>
      )}
      {played && (
        <Player
          key={played.url}
          app={app}
          clip={played}
          shown={shown}
          frame={frame}
          isLong={isLong}
          isHeatShown={isHeatShown && !isLong}
          onFrame={onFrame}
        />
      )}
      {shown && !shown.played.picture && (
        <Timeline key={shown.video.id} app={app} chat={chat} shown={shown} onSeek={onSeek} />
      )}
      {shown && !isLong && <SeenFrames app={app} chat={chat} shown={shown} frame={frame} onFrame={onFrame} />}
      {shown && !isLong && app.model.value?.canSearch === true && (
        <button
          type="button"
          class="button quiet heat-button"
          aria-pressed={isHeatShown}
          onClick={() => setHeatShown(!isHeatShown)}
        >
          <Icon name="eye" size={16} />
          {match.showHeat}
        </button>
      )}
      {chat.missingClips.length > 0 && <p class="hint">{t.missing(chat.missingClips.join(', '))}</p>}
      <div class="choices">
        {chat.clips.length > 0 && (
          <ModeSwitch mode={chat.mode} onChange={(mode) => void app.clips.setMode(mode)} />
        )}
        <SettingsPanel app={app} />
        {chat.conversation && (
          <ExportButtons
            conversation={chat.conversation}
            clips={chat.clips.map(({ video: { id, name }, receipt }) => ({
              id,
              name,
              ...(receipt && { receipt }),
            }))}
            model={app.model.value?.name ?? ''}
          />
        )}
      </div>
    </aside>
  );
}

type SeenFramesProps = Omit<ClipPanelProps, 'onSeek'> & { readonly shown: ShownClip };

/** The frames that the model saw, shaded by a question's words; their places are kept free until they are known. */
function SeenFrames({ app, chat, shown, frame, onFrame }: SeenFramesProps) {
  const { clip: t } = texts.value;
  const { id } = shown.video;
  const times = shown.receipt?.frames;
  const matched = chat.findings.get(chat.shadedBy ?? '')?.matched?.value;
  // the weights are of the frames that search uses, which may be others than those of the chat
  const isOfThese = matched?.videoId === id && matched.frames.length === times?.length;
  if (times === undefined) {
    return <div class="filmstrip-space" aria-hidden="true" />;
  }
  if (isPicture(times)) return <p class="hint">{t.picture}</p>;
  return (
    <Filmstrip
      videoId={id}
      times={times}
      fit={app.model.value?.fit}
      current={frame}
      weights={isOfThese ? matched.frameWeights : undefined}
      onFrame={(index, seconds) => {
        onFrame(index);
        const { player } = app.landmarks;
        player?.pause();
        if (player !== undefined) player.currentTime = seconds;
      }}
    />
  );
}

/** Whether a clip is shown to the model as segments: which of them depends on the question, so there is no one film strip. */
function isShownInSegments(app: AppState, { video, receipt }: ShownClip): boolean {
  const most = app.model.value?.maxFrames ?? Number.POSITIVE_INFINITY;
  const hasMany = receipt !== undefined && receipt.frames.length > most;
  return receipt?.part !== undefined || hasMany || app.timelines.of(video.id) !== undefined;
}

/** Whether all frames are the same one. */
function isPicture(times: readonly number[]): boolean {
  return times.length > 0 && new Set(times).size === 1;
}

function factsOf({ video, receipt }: ShownClip): string {
  const facts = [duration(video.duration), `${video.width} × ${video.height}`, size(video.bytes)];
  if (receipt === undefined) return facts.join(' · ');
  return [...facts, texts.value.clip.seen(receipt.frames.length, receipt.videoTokens.count)].join(' · ');
}
