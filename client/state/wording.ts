import type { Messages } from '../messages/en.ts';
import type { Model } from './model.ts';
import { type UploadProgress, type ChatScreen, isBusy, isPrepared, type Screen } from './screen.ts';
import { type Ending, turnsOf, type Work } from './conversation.ts';

/** One line on what is going on, also read out by screen readers; changes with each step, not with each percent. */
export function statusOf(t: Messages, screen: Screen): string {
  const { status } = t;
  if (screen.at !== 'chat') return '';
  const { work, uploads, failure } = screen;
  const upload = uploads.find(({ sent, total }) => sent < total) ?? uploads[0];
  if (upload !== undefined) return upload.sent < upload.total ? status.uploading : status.checking;
  if (screen.isStopping) return status.stopping;
  if (isBusy(screen)) return work === undefined ? status.answering : stageOf(t, work);
  if (failure !== undefined) return '';
  if (!isPrepared(screen)) return stageOf(t, work ?? { stage: 'probe', done: 0, total: 0 });
  return status.ready;
}

function stageOf({ stages, queuePlace }: Messages, { stage, total }: Work): string {
  return stage === 'queue' ? queuePlace(total) : stages[stage];
}

/** How much of a clip has arrived, and how fast; not announced, since it changes all the time. */
export function uploadPace(t: Messages, { sent, total, bytesPerSecond }: UploadProgress): string {
  return t.uploadPace(size(sent), size(total), size(bytesPerSecond));
}

/** Share of the current step that is done, 0 to 1; undefined when nothing runs or its length is unknown. */
export function progressOf(screen: Screen): number | undefined {
  if (screen.at !== 'chat') return undefined;
  const { work } = screen;
  return work !== undefined && work.stage !== 'queue' && work.total > 0
    ? Math.min(work.done / work.total, 1)
    : undefined;
}

/** The demo model knows only its small world, and English. */
export const demoModel = 'demo';
const demoQuestions: readonly string[] = [
  'What is in the video?',
  'What colour is it?',
  'Which way does it move?',
];

/** Suggested questions that were not asked yet on the shown branch. */
export function suggestionsFor(
  { suggestions }: Messages,
  model: Model | undefined,
  { conversation }: ChatScreen,
): readonly string[] {
  const asked = conversation ? turnsOf(conversation).map(({ question }) => question.message.text) : [];
  const questions = model?.name === demoModel ? demoQuestions : suggestions;
  return questions.filter((question) => !asked.includes(question));
}

/** Seconds as people read them: `0.8 s`, `12 s`, `1:05:09`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : timeMark(whole);
}

/** Tokens of an answer from which its rate is worth telling. */
const minRatedTokens = 20;

/** How fast an answer came, and how much of what the model can hold is used. */
export function paceOf(
  t: Messages,
  { timings, promptTokens, reusedTokens, answerTokens }: NonNullable<Ending['done']>,
  context: number | undefined,
): string {
  const used = promptTokens + reusedTokens + answerTokens;
  const room = context === undefined ? t.tokens(used) : t.tokensOf(used, context);
  if (timings === undefined || answerTokens === 0) return room;
  const first = t.firstWord((timings.firstToken / 1000).toFixed(2));
  const speaking = (timings.total - timings.firstToken) / 1000;
  // the first word comes with the prompt; of a short answer the rate says nothing
  const rate =
    speaking > 0 && answerTokens >= minRatedTokens ? [t.rate(Math.round((answerTokens - 1) / speaking))] : [];
  return [first, ...rate, room].join(' · ');
}

/** When something happened, as short as a language can put it. */
export function when(language: string, instant: number, now: Date = new Date()): string {
  const then = new Date(instant);
  if (then.toDateString() === now.toDateString()) {
    return then.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
  }
  const isThisYear = then.getFullYear() === now.getFullYear();
  return then.toLocaleDateString(language, {
    day: 'numeric',
    month: 'short',
    ...(!isThisYear && { year: 'numeric' }),
  });
}

export type Period = 'today' | 'yesterday' | 'week' | 'older';

/** Where a list that is grouped by date has something. */
export function periodOf(instant: number, now: Date = new Date()): Period {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const day = 24 * 60 * 60 * 1000;
  if (instant >= midnight) return 'today';
  if (instant >= midnight - day) return 'yesterday';
  return instant >= midnight - 6 * day ? 'week' : 'older';
}

/** A moment of a clip as players show it, to a tenth of a second: `0:04.2`. */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

/** A moment of a long clip in whole seconds: `12:30`, or `1:02:03` from an hour on. */
export function timeMark(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A part of a clip: `0:58–1:08`. */
export function timeSpan({ start, end }: { readonly start: number; readonly end: number }): string {
  return `${timeMark(start)}–${timeMark(end)}`;
}

/** Bytes as people read them, in powers of ten: `12 kB`, `3.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 999_500) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
