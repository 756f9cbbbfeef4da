import type { VideoResource } from '#contract/rest.ts';
import { texts } from '../messages/language.ts';
import type { Timeline } from '../state/timelines.ts';
import { momentUrl } from '../state/videos.ts';
import { timeMark } from '../state/wording.ts';
import { IconButton } from './icon-button.tsx';
import type { Span } from './timeline-layers.tsx';

interface ChapterListProps {
  readonly video: Pick<VideoResource, 'id' | 'duration'>;
  readonly timeline: Timeline;
  readonly position: number;
  readonly onSeek: (seconds: number) => void;
  readonly onPart: (part: Span) => void;
}

/** Seconds into a chapter at which its picture is: what a click shows, once the scene has come in. */
const lead = 2;

/** The chapters of a clip: a click goes there, and a button chooses one to ask about. */
export function ChapterList({ video, timeline, position, onSeek, onPart }: ChapterListProps) {
  const { timeline: t, clip } = texts.value;
  const { chapters, isFinished } = timeline;
  if (chapters.length === 0) return isFinished ? null : <p class="hint">{t.noChaptersYet}</p>;
  const current = chapters.findLastIndex(({ start }) => start <= position);
  return (
    <ol class="chapters" aria-label={t.chapters}>
      {chapters.map((chapter, index) => (
        <li key={chapter.start} class="chapter">
          <button
            type="button"
            class="chapter-go"
            aria-current={index === current ? 'true' : undefined}
            title={clip.goTo(timeMark(chapter.start))}
            onClick={() => onSeek(chapter.start)}
          >
            <img
              src={momentUrl(
                video.id,
                Math.min(chapter.start + lead, (chapter.start + chapter.end) / 2),
                video.duration,
              )}
              alt=""
              loading="lazy"
            />
            <span class="chapter-time">{timeMark(chapter.start)}</span>
            <span>{chapter.title}</span>
          </button>
          <IconButton
            icon="message-square"
            label={t.askAboutChapter(chapter.title)}
            onClick={() => {
              onPart({ start: chapter.start, end: chapter.end });
              onSeek(chapter.start);
            }}
          />
        </li>
      ))}
    </ol>
  );
}
