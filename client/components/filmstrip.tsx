import { words } from '../messages/language.ts';
import { clock } from '../state/wording.ts';

interface FilmstripProps {
  readonly videoId: string;
  /** Seconds of the frames. */
  readonly times: readonly number[];
  readonly onSeek: (seconds: number) => void;
}

/** The frames that the model saw, each with its time; a click goes there. */
export function Filmstrip({ videoId, times, onSeek }: FilmstripProps) {
  const { clip: say } = words.value;
  return (
    <ol class="filmstrip" aria-label={say.frames}>
      {times.map((time, n) => (
        <li key={n}>
          <button type="button" onClick={() => onSeek(time)} title={say.goTo(clock(time))}>
            <img
              src={`/v1/videos/${videoId}/frames/${n}.jpg?frames=${times.length}`}
              alt={say.frame(n + 1)}
            />
            <span>{clock(time)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
