import { type Conversation, isAnswering, type Work } from './conversation.ts';
import type { Screen } from './visit.ts';

const stages: Readonly<Record<Work['stage'], string>> = {
  queue: 'Waiting for its turn',
  probe: 'Looking at the file',
  sample: 'Picking frames',
  preprocess: 'Preparing the frames',
  encode: 'Watching the clip',
  prefill: 'Reading the question',
};

/** One line on what is going on, also read out by screen readers; changes with each step, not with each percent. */
export function statusOf(screen: Screen): string {
  if (screen.at === 'start') return '';
  if (screen.at === 'upload') return screen.fraction < 1 ? 'Uploading the clip' : 'Checking the clip';
  const { conversation, opened, failure } = screen;
  if (failure !== undefined) return '';
  if (opened === undefined) return stages[conversation.work?.stage ?? 'probe'];
  if (!isAnswering(conversation)) return 'Ready for your question';
  return conversation.work === undefined ? 'Answering' : stages[conversation.work.stage];
}

/** Share of the current step that is done, 0 to 1; undefined when nothing runs or its length is unknown. */
export function progressOf(screen: Screen): number | undefined {
  if (screen.at === 'upload') return screen.fraction < 1 ? screen.fraction : undefined;
  if (screen.at !== 'chat') return undefined;
  const { work } = screen.conversation;
  return work !== undefined && work.total > 0 ? Math.min(work.done / work.total, 1) : undefined;
}

/** Questions worth a try on a clip of the demo world. */
const demoQuestions: readonly string[] = [
  'What is in the video?',
  'What colour is it?',
  'Which way does it move?',
];

/** Those not yet asked in this conversation; a fresh one may ask them all again, to compare. */
export function suggestionsFor({ entries }: Conversation): readonly string[] {
  const current = entries.slice(entries.findLastIndex(({ kind }) => kind === 'note') + 1);
  const asked = current.map((entry) => (entry.kind === 'turn' ? entry.question : ''));
  return demoQuestions.filter((question) => !asked.includes(question));
}

/** Seconds as people read them: `0.8 s`, `12 s`, `1:05:09`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A moment of a clip as players show it, to a tenth of a second: `0:04.2`. */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

/** Bytes as people read them, in powers of ten: `12 kB`, `3.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 999_500) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
