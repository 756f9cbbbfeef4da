import { useEffect, useId } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import { type Turn, turnsOf } from '../state/conversation.ts';
import type { ChatScreen, ShownClip } from '../state/screen.ts';
import type { Moment, Timeline as KnownTimeline } from '../state/timelines.ts';
import { timeMark, timeSpan } from '../state/wording.ts';
import { ChapterList } from './chapter-list.tsx';
import { FailureLine } from './failure-line.tsx';
import type { Span } from './timeline-layers.tsx';
import { TimelineTrack } from './timeline-track.tsx';

interface TimelineProps {
  readonly app: AppState;
  readonly chat: ChatScreen;
  readonly shown: ShownClip;
  readonly onSeek: (seconds: number) => void;
}

/** Moments that are named, the best first. */
const namedMoments = 3;

/** How a long clip is made up, and where it matches the last question; nothing for a short one. */
export function Timeline({ app, chat, shown: { video }, onSeek }: TimelineProps) {
  const { id, duration } = video;
  const { timelines } = app;
  const hintId = useId();
  useEffect(() => {
    const left = new AbortController();
    void timelines.watch(id, left.signal);
    return () => left.abort();
  }, [timelines, id]);

  const timeline = timelines.of(id);
  const last = lastAnswered(chat);
  const question = last?.question.message.text ?? '';
  const isFinished = timeline?.isFinished === true;
  const hasHeat = timeline !== undefined && question !== '' && app.model.value?.canSearch === true;
  // once all is encoded, all of it can be compared
  useEffect(() => {
    if (!hasHeat) return undefined;
    const left = new AbortController();
    void timelines.findHeat(id, question, left.signal);
    return () => left.abort();
  }, [timelines, id, question, hasHeat, isFinished]);

  if (timeline === undefined) return null;
  const heat = (hasHeat && timelines.heatOf(id, question)) || [];
  const part = chat.part?.videoId === id ? chat.part : undefined;
  const choose = (chosen: Span | undefined) =>
    app.clips.choosePart(chosen && { videoId: id, start: chosen.start, end: chosen.end });
  const t = texts.value.timeline;
  const position = timelines.position.value;
  return (
    <section class="timeline" aria-label={t.title}>
      <TimelineTrack
        duration={duration}
        position={position}
        segments={timeline.segments}
        chapters={timeline.chapters}
        heat={heat}
        shown={last ? shownParts(last, id) : []}
        part={part}
        hintId={hintId}
        onSeek={onSeek}
        onPart={choose}
      />
      <div class="timeline-facts hint">
        <span>
          {timeMark(position)} / {timeMark(duration)}
        </span>
        <span>{segmentsLine(timeline)}</span>
      </div>
      {timeline.failure && <FailureLine failure={timeline.failure} />}
      {heat.length > 0 && <BestMoments question={question} moments={heat} onSeek={onSeek} />}
      <p class="hint" id={hintId}>
        {t.hint}
      </p>
      <ChapterList video={video} timeline={timeline} position={position} onSeek={onSeek} onPart={choose} />
    </section>
  );
}

interface BestMomentsProps {
  readonly question: string;
  readonly moments: readonly Moment[];
  readonly onSeek: (seconds: number) => void;
}

/** The moments that match a question best, by name: heat alone says nothing to those who cannot see it. */
function BestMoments({ question, moments, onSeek }: BestMomentsProps) {
  const { clip, timeline: t } = texts.value;
  return (
    <div class="timeline-moments">
      <span class="hint" title={question}>
        {t.moments}
      </span>
      {moments.slice(0, namedMoments).map((moment) => (
        <button
          key={moment.start}
          type="button"
          class="moment"
          title={clip.goTo(timeMark(moment.start))}
          onClick={() => onSeek(moment.start)}
        >
          {timeSpan(moment)}
        </button>
      ))}
    </div>
  );
}

function segmentsLine({ segments, isFinished }: KnownTimeline): string {
  const t = texts.value.timeline;
  if (isFinished) return t.segments(segments.length);
  if (segments.length === 0) return t.cutting;
  const encoded = segments.filter((segment) => segment.encoded).length;
  return t.encoded(encoded, segments.length);
}

/** The last turn on the shown branch whose answer has ended. */
function lastAnswered({ conversation }: ChatScreen): Turn | undefined {
  return conversation && turnsOf(conversation).findLast(({ answer }) => answer?.message.state === 'done');
}

/** Parts of a clip that an answer was shown, as its receipt says; only answers of this visit have one. */
function shownParts({ ending }: Turn, videoId: string): Span[] {
  const clips = ending?.done?.receipt?.clips ?? [];
  return clips.flatMap((clip) => (clip.videoId === videoId && clip.part ? [clip.part] : []));
}
