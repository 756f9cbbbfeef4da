import { join } from 'node:path';
import { z } from 'zod';
import type { Accuracy } from '#models/evaluate/accuracy.ts';
import { recordOf } from '#models/graph/tuples.ts';
import { type OrderSummary, summariseOrder } from '#models/evaluate/order-summary.ts';
import { progressBar } from '#models/progress.ts';
import { textTable } from '#models/text-table.ts';
import { readConfig } from '#config';
import { encoderMode, frameCount, maxQuestionLength } from '#contract/rest.ts';
import { loadEngine } from '#engine/load-engine.ts';
import type { EncoderMode } from '#engine/types.ts';
import { AnswerJournal } from './answer-journal.ts';
import { type ModeAnswers, TemporalProbe } from './temporal-probe.ts';
import { type OrderQuestion, orderQuestions } from './order-questions.ts';
import { percent } from './percent.ts';
import { readCall } from './read-call.ts';
import { asUserError } from './as-user-error.ts';
import { orUnusable, tellLeftOut, type Unusable } from './unusable.ts';
import { checkReportFile, writeReport } from './write-report.ts';

const call = z.strictObject({
  target: z.string({ error: 'name a clip, a folder of clips, or a file of truths' }),
  question: z.string().trim().min(1).max(maxQuestionLength).optional(),
  package: z.string().optional(),
  frames: z.coerce.number().pipe(frameCount).optional(),
  limit: z.coerce.number().int().min(1).optional(),
  modes: z
    .string()
    .default('stan,plain')
    .transform((list) => list.split(','))
    .pipe(z.array(encoderMode).min(1)),
  json: z.string().optional(),
});
const option = { type: 'string' } as const;
const options = {
  question: option,
  package: option,
  frames: option,
  limit: option,
  modes: option,
  json: option,
};

const anyQuestion = 'What happens in the video?';
/** Answers of so few clips are printed. */
const fewClips = 3;

interface Asked {
  readonly file: string;
  readonly answers: ModeAnswers;
  readonly truth?: OrderQuestion['truth'];
}

/** `temporal`: does the answer follow the order of the frames, with the branch and without? */
export async function temporal(args: readonly string[], signal: AbortSignal): Promise<void> {
  const config = readConfig([], process.env);
  const { target, limit, json, modes, ...wish } = readCall(args, call, options);
  await checkReportFile(json);
  const found = await asUserError(() => orderQuestions(target));
  const question = wish.question ?? found.question ?? anyQuestion;
  const { package: modelPackage = config.modelPackage, frames } = wish;
  const journal = await AnswerJournal.open(join(config.dataDir, 'eval'));
  const engine = await loadEngine(modelPackage, { ...config, signal, parallelConversations: 1 });
  try {
    const asker = new TemporalProbe(engine, journal, { question, frames, modes, signal });
    const clips = found.clips.slice(0, limit);
    const progress = progressBar('asking');
    const asked: Asked[] = [];
    const unusable: Unusable[] = [];
    for (const { name, path, truth } of clips) {
      const answers = await orUnusable(name, () => asker.ask(path));
      if ('reason' in answers) unusable.push(answers);
      else asked.push({ file: name, answers, ...(truth !== undefined && { truth }) });
      progress(asked.length + unusable.length, clips.length);
    }
    const summary = recordOf(modes, (mode) =>
      summariseOrder(
        asked.flatMap(({ answers: { [mode]: answers }, truth }) => (answers ? [{ answers, truth }] : [])),
      ),
    );
    const { name, hash } = engine.model;
    const report = { package: { name, hash }, question, frames: frames ?? engine.model.frames };
    const { missing } = found;
    if (asked.length <= fewClips) process.stdout.write(`${showAnswers(asked)}\n`);
    process.stdout.write(showSummary(summary) + tellLeftOut(missing, unusable));
    await writeReport(json, { ...report, clips: asked.length, missing, unusable, summary, answers: asked });
  } finally {
    await engine.dispose();
  }
}

function showAnswers(asked: readonly Asked[]): string {
  const lines = asked.flatMap(({ file, answers }) =>
    Object.entries(answers).flatMap(([mode, orders]) =>
      Object.entries(orders).map(([order, answer]) => `${file}  ${mode}  ${order}: ${answer}\n`),
    ),
  );
  return lines.join('');
}

const findings: readonly (readonly [name: keyof OrderSummary, inWords: string])[] = [
  ['reverseDiffers', 'the reverse is answered otherwise'],
  ['shuffleDiffers', 'the shuffle is answered otherwise'],
  ['forwardRight', 'right about the clip'],
  ['reverseRight', 'right about its reverse'],
  ['bothRight', 'right about both'],
];

function showSummary(summary: Readonly<Partial<Record<EncoderMode, OrderSummary>>>): string {
  const cell = (share: Accuracy): string =>
    share.asked === 0 ? '-' : `${percent(share)} (${share.right} of ${share.asked})`;
  const rows = findings.map(([name, inWords]) => [
    inWords,
    ...Object.values(summary).map((one) => cell(one[name])),
  ]);
  const headings = Object.keys(summary).map((mode) => (mode === 'stan' ? 'with the branch' : mode));
  return textTable([['', ...headings], ...rows]);
}
