import { z } from 'zod';
import { labelledClips } from '#models/evaluate/datasets/labelled-clips.ts';
import { measureRecognition, showRecognition } from '#models/evaluate/runners/recognition.ts';
import { scoringMethodNames } from '#models/evaluate/scoring-methods.ts';
import { parsedBy } from '#core/command-line.ts';
import { newDatasetCommand } from './options.ts';
import { checkReportFile, writeReport } from './report-file.ts';
import { withRetrieval } from './with-retrieval.ts';

/** The label itself, as the paper asks. */
const noTemplate = '{}';
const template = parsedBy(z.string().refine((text) => text.includes('{}'), 'It must have {} for the label.'));

/** `eval recognition DATASET` */
export function recognitionCommand(signal: AbortSignal) {
  return newDatasetCommand('recognition', 'Names what each clip shows, the labels being the texts.')
    .option(
      '--template <text>',
      "how a label becomes a text, such as 'a video of {}'; several are averaged",
      (text: string, others: string[] | undefined) => [...(others ?? []), template(text)],
    )
    .action(async (path, options) => {
      const { modes = [...scoringMethodNames], template: templates = [noTemplate], videos, json } = options;
      await checkReportFile(json);
      const dataset = await labelledClips(path, { videos });
      const report = await withRetrieval(options, signal, (model) =>
        measureRecognition(model, dataset, { methods: modes, templates, signal }),
      );
      process.stdout.write(showRecognition(report));
      await writeReport(json, report);
    });
}
