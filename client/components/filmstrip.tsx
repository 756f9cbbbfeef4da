import { texts } from '../messages/language.ts';
import { relativeWeight } from '../state/relative-weight.ts';
import { clock } from '../state/wording.ts';

interface FilmstripProps {
  readonly videoId: string;
  /** Seconds of the frames. */
  readonly times: readonly number[];
  /** w, how much each frame matters to some words; shown as shades. */
  readonly weights?: readonly number[] | undefined;
  readonly onFrame: (frame: number, seconds: number) => void;
}

/** Where the server has a frame of a clip as a picture. */
export function frameUrl(videoId: string, frame: number, frames: number): string {
  return `/v1/videos/${videoId}/frames/${frame}.jpg?frames=${frames}`;
}

/** The frames that the model saw, each with its time; a click goes there. */
export function Filmstrip({ videoId, times, weights, onFrame }: FilmstripProps) {
  const { clip: t, match } = texts.value;
  return (
    <ol class={weights === undefined ? 'filmstrip' : 'filmstrip shaded'} aria-label={t.frames}>
      {times.map((time, n) => (
        <li key={n} style={weights && `--weight: ${relativeWeight(weights[n] ?? 0, weights)}`}>
          <button type="button" onClick={() => onFrame(n, time)} title={t.goTo(clock(time))}>
            <img src={frameUrl(videoId, n, times.length)} alt={t.frame(n + 1)} />
            <span>{clock(time)}</span>
            {weights && (
              <span class="weight" title={match.frameWeight}>
                {Math.round(100 * (weights[n] ?? 0))} %
              </span>
            )}
          </button>
        </li>
      ))}
    </ol>
  );
}
