import { useRef, useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import { spanBetween } from '../state/clip-part.ts';
import type { Chapter } from '../state/timelines.ts';
import { timeMark } from '../state/wording.ts';
import { type LayersProps, type Span, TimelineLayers } from './timeline-layers.tsx';

export interface TrackProps extends LayersProps {
  readonly hintId: string;
  readonly onSeek: (seconds: number) => void;
  readonly onPart: (part: Span | undefined) => void;
}

/** Pixels from which a press that moves is a drag. */
const dragDistance = 4;
/** Seconds of a press of an arrow key. */
const keyStep = 1;

/** The length of a clip as a slider: a click or a key goes there, dragging or Shift with a key chooses a part. */
export function TimelineTrack(props: TrackProps) {
  const { duration, position, chapters, part, hintId, onSeek, onPart } = props;
  const t = texts.value.timeline;
  const track = useRef<HTMLDivElement>(null);
  const pressed = useRef<{ readonly x: number; readonly seconds: number } | undefined>(undefined);
  /** Where a part begins that keys choose. */
  const anchor = useRef<number | undefined>(undefined);
  const [dragged, setDragged] = useState<Span>();

  const secondsAt = (clientX: number): number => {
    const { left, width } = track.current?.getBoundingClientRect() ?? { left: 0, width: 0 };
    return width === 0 ? 0 : Math.min(Math.max(0, (clientX - left) / width), 1) * duration;
  };
  const spanTo = ({ clientX }: PointerEvent): Span | undefined => {
    const from = pressed.current;
    if (from === undefined || Math.abs(clientX - from.x) < dragDistance) return undefined;
    return spanBetween(from.seconds, secondsAt(clientX), duration);
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    pressed.current = { x: event.clientX, seconds: secondsAt(event.clientX) };
    anchor.current = undefined;
    track.current?.setPointerCapture(event.pointerId);
  };
  const onPointerUp = (event: PointerEvent) => {
    const from = pressed.current;
    if (from === undefined) return;
    const chosen = spanTo(event);
    if (chosen !== undefined) onPart(chosen);
    onSeek(chosen?.start ?? from.seconds);
    endDrag();
  };
  const endDrag = () => {
    pressed.current = undefined;
    setDragged(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && part !== undefined) {
      event.preventDefault();
      anchor.current = undefined;
      onPart(undefined);
      return;
    }
    const target = targetOf(event.key, { position, duration, chapters });
    if (target === undefined) return;
    event.preventDefault();
    onSeek(target);
    if (!event.shiftKey) {
      anchor.current = undefined;
      return;
    }
    anchor.current ??= position;
    onPart(spanBetween(anchor.current, target, duration));
  };
  const chapter = chapters.findLast(({ start }) => start <= position);
  return (
    <div
      ref={track}
      class="timeline-track"
      role="slider"
      tabIndex={0}
      aria-label={t.position}
      aria-describedby={hintId}
      aria-valuemin={0}
      aria-valuemax={Math.floor(duration)}
      aria-valuenow={Math.floor(position)}
      aria-valuetext={t.positionOf(timeMark(position), timeMark(duration), chapter?.title ?? '')}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => pressed.current && setDragged(spanTo(event))}
      onPointerUp={onPointerUp}
      onPointerCancel={endDrag}
      onKeyDown={onKeyDown}
    >
      <TimelineLayers {...props} part={dragged ?? part} />
    </div>
  );
}

interface Place {
  readonly position: number;
  readonly duration: number;
  readonly chapters: readonly Chapter[];
}

/** Where a key leads; undefined for a key that means nothing here. */
function targetOf(key: string, { position, duration, chapters }: Place): number | undefined {
  const borders = [...chapters.map(({ start }) => start), duration];
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(position + keyStep, duration);
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, position - keyStep);
    case 'PageUp':
      return borders.find((border) => border > position) ?? duration;
    case 'PageDown':
      return borders.findLast((border) => border < position) ?? 0;
    case 'Home':
      return 0;
    case 'End':
      return duration;
    default:
      return undefined;
  }
}
