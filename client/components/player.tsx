import { useEffect, useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { PlayedClip, ShownClip } from '../state/screen.ts';
import { frameUrl, momentUrl } from '../state/videos.ts';
import { asWebVtt } from '../state/subtitles.ts';
import { clock, timeMark } from '../state/wording.ts';
import { FileButton } from './file-button.tsx';
import { HeatMap } from './heat-map.tsx';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';
import { ModelSquare } from './model-square.tsx';

interface PlayerProps {
  readonly app: AppState;
  readonly clip: PlayedClip;
  /** Absent while the clip is uploaded. */
  readonly shown: ShownClip | undefined;
  /** Index of the frame that was chosen. */
  readonly frame: number;
  /** Whether the model sees segments of it: then there is no row of frames that stands for all of it. */
  readonly isLong: boolean;
  readonly isHeatShown: boolean;
  readonly onFrame: (frame: number) => void;
}

const speeds = [1, 0.5, 0.25] as const;
/** Seconds of a step: a frame of a film. */
const step = 1 / 25;

/** The clip as the browser plays it, or its frames where the browser cannot; with what the model saw of each frame. */
export function Player({ app, clip, shown, frame, isLong, isHeatShown, onFrame }: PlayerProps) {
  const { clip: t, match } = texts.value;
  const [isUnplayable, setUnplayable] = useState(false);
  const [subtitles, setSubtitles] = useState<string>();
  useEffect(() => () => URL.revokeObjectURL(subtitles ?? ''), [subtitles]);
  const { width, height } = shown?.video ?? { width: 4, height: 3 };
  const frames = shown?.receipt?.frames ?? [];
  const shared = { class: 'player', src: clip.url, onError: () => setUnplayable(true) };
  const isVideo = !isUnplayable && !isHeatShown && !clip.picture;
  return (
    <figure class="player-figure">
      <div class="player-box" style={`--ratio: ${width / height}`}>
        {isHeatShown && shown ? (
          <HeatMap app={app} videoId={shown.video.id} frame={frame} />
        ) : isUnplayable ? (
          <StillPicture app={app} shown={shown} frame={frame} isLong={isLong} />
        ) : clip.picture ? (
          <img {...shared} alt={t.one} />
        ) : (
          <video
            {...shared}
            ref={app.landmarks.ref('player')}
            onTimeUpdate={({ currentTarget }) => {
              app.timelines.position.value = currentTarget.currentTime;
            }}
            aria-label={t.one}
            controls
            autoplay
            loop
            muted
            playsInline
          >
            {subtitles && <track kind="subtitles" src={subtitles} default />}
          </video>
        )}
        {shown && !isHeatShown && <ModelSquare width={width} height={height} fit={app.model.value?.fit} />}
      </div>
      {isVideo && <VideoTools app={app} onSubtitles={setSubtitles} />}
      {(isUnplayable || isHeatShown) && !isLong && frames.length > 1 && (
        <FrameTools count={frames.length} frame={frame} onFrame={onFrame} />
      )}
      <figcaption class="hint">
        {isHeatShown && frames.length > 0 && `${match.heat}, ${clock(frames[frame] ?? 0)}. ${match.legend}`}
        {isUnplayable && t.unplayable} {shown && <FitNote app={app} video={shown.video} />}
      </figcaption>
    </figure>
  );
}

interface StillPictureProps extends Pick<PlayerProps, 'app' | 'shown' | 'frame' | 'isLong'> {}

/** In place of a film that the browser cannot play: the chosen frame, or where the timeline is. */
function StillPicture({ app, shown, frame, isLong }: StillPictureProps) {
  const frames = shown?.receipt?.frames ?? [];
  if (shown === undefined || (frames.length === 0 && !isLong)) return <p class="player" />;
  const { id, duration } = shown.video;
  const seconds = app.timelines.position.value;
  const src = isLong ? momentUrl(id, seconds, duration) : frameUrl(id, frame, frames.length);
  const alt = isLong ? timeMark(seconds) : texts.value.clip.frame(frame + 1);
  return <img class="player" src={src} alt={alt} />;
}

function FitNote({
  app,
  video: { width, height },
}: {
  app: AppState;
  video: { width: number; height: number };
}) {
  const fit = app.model.value?.fit;
  if (fit === undefined || Math.abs(width - height) < 0.02 * Math.max(width, height)) return null;
  return <>{texts.value.clip[fit]}</>;
}

interface VideoToolsProps {
  readonly app: AppState;
  /** Gets the address of subtitles that were chosen. */
  readonly onSubtitles: (url: string) => void;
}

function VideoTools({ app, onSubtitles }: VideoToolsProps) {
  const { clip: t } = texts.value;
  const [speed, setSpeed] = useState<number>(1);
  const move = (seconds: number) => {
    const { player } = app.landmarks;
    if (player === undefined) return;
    player.pause();
    player.currentTime = Math.max(0, player.currentTime + seconds);
  };
  return (
    <div class="player-tools">
      <IconButton icon="step-back" label={t.stepBack} onClick={() => move(-step)} />
      <IconButton icon="step-forward" label={t.stepForward} onClick={() => move(step)} />
      <select
        class="language"
        aria-label={t.speed}
        value={speed}
        onChange={({ currentTarget }) => {
          const chosen = Number(currentTarget.value);
          setSpeed(chosen);
          const { player } = app.landmarks;
          if (player !== undefined) player.playbackRate = chosen;
        }}
      >
        {speeds.map((one) => (
          <option key={one} value={one}>
            {one} ×
          </option>
        ))}
      </select>
      <FileButton
        class="icon"
        accept=".vtt,.srt"
        title={t.subtitles}
        onFiles={async ([file]) => {
          const vtt = asWebVtt((await file?.text()) ?? '');
          onSubtitles(URL.createObjectURL(new Blob([vtt], { type: 'text/vtt' })));
        }}
      >
        <Icon name="captions" />
        <span class="unseen">{t.subtitles}</span>
      </FileButton>
    </div>
  );
}

interface FrameToolsProps {
  readonly count: number;
  readonly frame: number;
  readonly onFrame: (frame: number) => void;
}

/** Steps among the frames that the model saw. */
function FrameTools({ count, frame, onFrame }: FrameToolsProps) {
  const { clip: t } = texts.value;
  return (
    <div class="player-tools">
      <IconButton
        icon="step-back"
        label={t.stepBack}
        disabled={frame === 0}
        onClick={() => onFrame(frame - 1)}
      />
      <IconButton
        icon="step-forward"
        label={t.stepForward}
        disabled={frame === count - 1}
        onClick={() => onFrame(frame + 1)}
      />
      <span class="hint">
        {frame + 1} / {count}
      </span>
    </div>
  );
}
