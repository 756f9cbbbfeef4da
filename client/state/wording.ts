import { type ChatScreen, isBusy, type Screen, type UploadScreen } from './screen.ts';
import { type Ending, turnsOf, type Work } from './talk.ts';

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
  if (screen.at === 'upload') return screen.sent < screen.total ? 'Uploading the clip' : 'Checking the clip';
  const { work, seen, failure } = screen;
  if (isBusy(screen)) return work === undefined ? 'Answering' : stageOf(work);
  if (failure !== undefined) return '';
  if (seen === undefined) return stages[work?.stage ?? 'probe'];
  return 'Ready for your question';
}

function stageOf({ stage, total }: Work): string {
  return stage === 'queue' ? `${stages.queue}: place ${total}` : stages[stage];
}

/** How much of a clip has arrived, and how fast; for the eyes alone, since it changes all the time. */
export function uploadPace({ sent, total, bytesPerSecond }: UploadScreen): string {
  return `${size(sent)} of ${size(total)}, ${size(bytesPerSecond)}/s`;
}

/** Share of the current step that is done, 0 to 1; undefined when nothing runs or its length is unknown. */
export function progressOf(screen: Screen): number | undefined {
  if (screen.at === 'upload') return screen.sent < screen.total ? screen.sent / screen.total : undefined;
  if (screen.at !== 'chat') return undefined;
  const { work } = screen;
  return work !== undefined && work.stage !== 'queue' && work.total > 0
    ? Math.min(work.done / work.total, 1)
    : undefined;
}

/** Questions worth a try on a clip of the demo world. */
const demoQuestions: readonly string[] = [
  'What is in the video?',
  'What colour is it?',
  'Which way does it move?',
];

/** Those not yet asked on the shown branch. */
export function suggestionsFor({ talk }: ChatScreen): readonly string[] {
  const asked = talk ? turnsOf(talk).map(({ question }) => question.message.text) : [];
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

/** How fast an answer came, and how much of what the model can hold is used. */
export function paceOf(
  { timings, promptTokens, reusedTokens, answerTokens }: NonNullable<Ending['done']>,
  context: number | undefined,
): string {
  const used = promptTokens + reusedTokens + answerTokens;
  const room = context === undefined ? `${used} tokens` : `${used} of ${context} tokens`;
  if (timings === undefined || answerTokens === 0) return room;
  const first = `${(timings.firstToken / 1000).toFixed(2)} s to the first word`;
  const speaking = (timings.total - timings.firstToken) / 1000;
  // the first word comes with the prompt
  const rate =
    speaking > 0 && answerTokens > 1 ? [`${Math.round((answerTokens - 1) / speaking)} tokens/s`] : [];
  return [first, ...rate, room].join(' · ');
}

/** When something happened, as short as it can be told. */
export function when(instant: number, now: Date = new Date()): string {
  const then = new Date(instant);
  const isToday = then.toDateString() === now.toDateString();
  return isToday
    ? then.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : then.toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' });
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
