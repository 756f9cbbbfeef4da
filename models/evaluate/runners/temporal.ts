import { progressBar } from '#models/progress.ts';
import { textTable } from '#models/text-table.ts';
import type { Accuracy } from '../accuracy.ts';
import type { ClipFile } from '../datasets/clip-files.ts';
import type { OrderQuestion, OrderQuestions } from '../datasets/order-questions.ts';
import { type OrderAnswers, type OrderSummary, summariseOrder } from '../order-summary.ts';
import { percent } from '../percent.ts';
import type { MeasuredPackage, VideoAnswerer } from '../ports.ts';
import { describeLeftOut, orUnusable, type Unusable } from '../unusable.ts';

const anyQuestion = 'What happens in the video?';
/** Answers of so few clips are printed. */
const fewClips = 3;

export interface TemporalOptions<Mode extends string> {
  /** How clips are shown, one after the other. */
  readonly modes: readonly Mode[];
  /** Default: the data set's own. */
  readonly question?: string | undefined;
  /** Clips asked about at most. */
  readonly limit?: number | undefined;
}

interface Asked {
  readonly file: string;
  /** By mode. */
  readonly answers: Readonly<Record<string, OrderAnswers>>;
  readonly truth?: OrderQuestion['truth'];
}

export interface TemporalReport {
  readonly package: MeasuredPackage;
  readonly question: string;
  readonly frames: number;
  readonly clips: number;
  readonly missing: readonly string[];
  readonly unusable: readonly Unusable[];
  /** By mode. */
  readonly summary: Readonly<Record<string, OrderSummary>>;
  readonly answers: readonly Asked[];
}

/** Does the answer follow the order of the frames, in each mode? */
export async function measureTemporal<Mode extends string>(
  model: VideoAnswerer<Mode>,
  dataset: OrderQuestions,
  { modes, limit, ...options }: TemporalOptions<Mode>,
): Promise<TemporalReport> {
  const question = options.question ?? dataset.question ?? anyQuestion;
  const clips = dataset.clips.slice(0, limit);
  const progress = progressBar('asking');
  const answers: Asked[] = [];
  const unusable: Unusable[] = [];
  for (const { truth, ...clip } of clips) {
    const outcome = await orUnusable(clip.name, async () => ({
      answers: await askInEveryOrder(model, clip, { question, modes }),
    }));
    if ('reason' in outcome) unusable.push(outcome);
    else answers.push({ file: clip.name, answers: outcome.answers, ...(truth !== undefined && { truth }) });
    progress(answers.length + unusable.length, clips.length);
  }
  const summaryOf = (mode: Mode): OrderSummary =>
    summariseOrder(
      answers.flatMap(({ answers: { [mode]: own }, truth }) => (own ? [{ answers: own, truth }] : [])),
    );
  return {
    package: model.package,
    question,
    frames: model.frames,
    clips: answers.length,
    missing: dataset.missing,
    unusable,
    summary: Object.fromEntries(modes.map((mode) => [mode, summaryOf(mode)])),
    answers,
  };
}

async function askInEveryOrder<Mode extends string>(
  model: VideoAnswerer<Mode>,
  clip: ClipFile,
  { question, modes }: { readonly question: string; readonly modes: readonly Mode[] },
): Promise<Record<string, OrderAnswers>> {
  const answers: Record<string, OrderAnswers> = {};
  for (const mode of modes) {
    answers[mode] = {
      forward: await model.answer(clip, question, { mode, order: 'forward' }),
      reverse: await model.answer(clip, question, { mode, order: 'reverse' }),
      shuffle: await model.answer(clip, question, { mode, order: 'shuffle' }),
    };
  }
  return answers;
}

export function showTemporal({ answers, summary, missing, unusable }: TemporalReport): string {
  const few = answers.length <= fewClips ? `${showAnswers(answers)}\n` : '';
  return few + showSummary(summary) + describeLeftOut(missing, unusable);
}

function showAnswers(asked: readonly Asked[]): string {
  const lines = asked.flatMap(({ file, answers }) =>
    Object.entries(answers).flatMap(([mode, orders]) =>
      Object.entries(orders).map(([order, answer]) => `${file}  ${mode}  ${order}: ${answer}\n`),
    ),
  );
  return lines.join('');
}

const findings: readonly (readonly [name: keyof OrderSummary, title: string])[] = [
  ['reverseDiffers', 'the reverse gets another answer'],
  ['shuffleDiffers', 'the shuffle gets another answer'],
  ['forwardRight', 'right about the clip'],
  ['reverseRight', 'right about its reverse'],
  ['bothRight', 'right about both'],
];

function showSummary(summary: TemporalReport['summary']): string {
  const cell = (share: Accuracy): string =>
    share.asked === 0 ? '-' : `${percent(share)} (${share.right} of ${share.asked})`;
  const rows = findings.map(([name, title]) => [
    title,
    ...Object.values(summary).map((one) => cell(one[name])),
  ]);
  const headings = Object.keys(summary).map((mode) => (mode === 'stan' ? 'with the branch' : mode));
  return textTable([['', ...headings], ...rows]);
}
