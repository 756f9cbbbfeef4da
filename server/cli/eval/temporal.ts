import { join } from 'node:path';
import { z } from 'zod';
import { AnswerJournal } from '#models/evaluate/answer-journal.ts';
import { orderQuestions } from '#models/evaluate/datasets/order-questions.ts';
import { measureTemporal, showTemporal } from '#models/evaluate/runners/temporal.ts';
import { readConfig } from '#config';
import { encoderMode, maxQuestionLength } from '#contract/rest.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { EngineAnswerer } from './engine-answerer.ts';
import { commaList, frames, wholeNumber } from './options.ts';
import { checkReportFile, writeReport } from './report-file.ts';

const question = parsedBy(z.string().trim().min(1, 'The question is empty.').max(maxQuestionLength));

/** `eval temporal CLIPS` */
export function temporalCommand(signal: AbortSignal) {
  return newCommand('temporal', 'Does the order of the frames change the answer, and rightly?')
    .argument('<clips>', 'a clip, a folder of clips, or order.json with the right answers')
    .option('--question <text>', "asked of each clip (the data set's own)", question)
    .option('--package <dir>', 'model package (MODEL_PACKAGE)')
    .option('--frames <T>', "frames of each clip (the package's number)", frames)
    .option('--limit <n>', 'clips at most', wholeNumber(1, 1_000_000))
    .option(
      '--modes <list>',
      `columns: ${encoderMode.options.join(',')} (stan,plain)`,
      commaList(encoderMode.options),
    )
    .option('--json <file>', 'writes the whole report')
    .action(async (target, { package: folder, frames, json, modes = ['stan', 'plain'], ...options }) => {
      await checkReportFile(json);
      const dataset = await orderQuestions(target);
      const config = readConfig({}, process.env);
      const journal = await AnswerJournal.open(join(config.dataDir, 'eval'));
      const loading = { ...config, signal, parallelConversations: 1 };
      const engine = await loadEngine(folder ?? config.modelPackage, loading);
      try {
        const model = new EngineAnswerer(engine, journal, { frames, signal });
        const report = await measureTemporal(model, dataset, { ...options, modes });
        process.stdout.write(showTemporal(report));
        await writeReport(json, report);
      } finally {
        await engine.dispose();
      }
    });
}
