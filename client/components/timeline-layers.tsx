import type { Chapter, Moment, Segment } from '../state/timelines.ts';

/** A stretch of a clip, in seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface LayersProps {
  readonly duration: number;
  /** Seconds at which the player is. */
  readonly position: number;
  readonly segments: readonly Segment[];
  readonly chapters: readonly Chapter[];
  readonly heat: readonly Moment[];
  /** What the last answer was shown. */
  readonly shown: readonly Span[];
  /** The part that is asked about. */
  readonly part: Span | undefined;
}

/** More segments than this stand without gaps, which would leave nothing of them. */
const maxGaps = 80;

/** What is drawn along a clip, from the back: heat, segments, borders of chapters, the chosen part, where the player is. */
export function TimelineLayers({ duration, position, segments, chapters, heat, shown, part }: LayersProps) {
  const place = ({ start, end }: Span): string =>
    `left: ${percent(start / duration)}; width: ${percent((end - start) / duration)}`;
  const scores = heat.map(({ score }) => score);
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  return (
    <>
      {heat.map((moment) => (
        <span
          key={moment.start}
          class="timeline-heat"
          style={`${place(moment)}; --intensity: ${most > least ? (moment.score - least) / (most - least) : 1}`}
        />
      ))}
      {segments.map((segment) => (
        <span
          key={segment.start}
          class={[
            'timeline-segment',
            segment.encoded ? 'encoded' : 'waiting',
            shown.some((span) => overlap(span, segment)) ? 'shown' : '',
            segments.length > maxGaps ? 'dense' : '',
          ].join(' ')}
          style={place(segment)}
        />
      ))}
      {chapters.map(
        ({ start }) =>
          start > 0 && (
            <span key={start} class="timeline-border" style={`left: ${percent(start / duration)}`} />
          ),
      )}
      {part && <span class="timeline-part" style={place(part)} />}
      <span class="timeline-head" style={`left: ${percent(Math.min(position / duration, 1))}`} />
    </>
  );
}

/** Seconds by which bounds may differ without meaning anything. */
const slack = 0.05;

function overlap(a: Span, b: Span): boolean {
  return a.start < b.end - slack && a.end > b.start + slack;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(3)}%`;
}
