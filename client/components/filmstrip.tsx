import { texts } from '../messages/language.ts';
import type { Fit } from '../state/model.ts';
import { relativeWeight } from '../state/relative-weight.ts';
import { frameUrl } from '../state/videos.ts';
import { clock } from '../state/wording.ts';

interface FilmstripProps {
  readonly videoId: string;
  /** Seconds of the frames. */
  readonly times: readonly number[];
  /** How the model makes a square of a frame; the thumbnails show that square. */
  readonly fit: Fit | undefined;
  /** Index of the frame that was chosen. */
  readonly current?: number;
  /** w, how much each frame matters to some words; shown as shades. */
  readonly weights?: readonly number[] | undefined;
  readonly onFrame: (frame: number, seconds: number) => void;
}

/** The frames as the model saw them, each with its time; a click goes there. */
export function Filmstrip({ videoId, times, fit, current, weights, onFrame }: FilmstripProps) {
  const { clip: t, match } = texts.value;
  return (
    <ol class={`filmstrip ${fit ?? ''} ${weights === undefined ? '' : 'shaded'}`} aria-label={t.frames}>
      {times.map((time, index) => (
        <li key={index} style={weights && `--weight: ${relativeWeight(weights[index] ?? 0, weights)}`}>
          <button
            type="button"
            aria-current={index === current ? 'true' : undefined}
            onClick={() => onFrame(index, time)}
            title={t.goTo(clock(time))}
          >
            <img src={frameUrl(videoId, index, times.length)} alt={t.frame(index + 1)} />
            <span>{clock(time)}</span>
            {weights && (
              <span class="weight" title={match.frameWeight}>
                {Math.round(100 * (weights[index] ?? 0))} %
              </span>
            )}
          </button>
        </li>
      ))}
    </ol>
  );
}
