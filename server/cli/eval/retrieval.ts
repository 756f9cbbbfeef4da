import { captionedClips, readCaptionTexts } from '#models/evaluate/datasets/captioned-clips.ts';
import { postNames } from '#models/evaluate/retrieval-rows.ts';
import { measureRetrieval, showRetrieval } from '#models/evaluate/runners/retrieval.ts';
import { scoringMethodNames } from '#models/evaluate/scoring-methods.ts';
import { AppError } from '#errors';
import { commaList, newDatasetCommand } from './options.ts';
import { checkReportFile, writeReport } from './report-file.ts';
import { withRetrieval } from './with-retrieval.ts';

/** `eval retrieval DATASET` */
export function retrievalCommand(signal: AbortSignal) {
  return newDatasetCommand('retrieval', 'Finds clips by their captions, and captions by their clips.')
    .option('--post <list>', 'more rows: dsl sees all queries at once, qb-norm a bank', commaList(postNames))
    .option('--bank <file>', 'captions of training clips, for qb-norm')
    .option('--merge-same', 'equal captions are one text, and any clip of theirs is right', false)
    .action(async (path, options) => {
      const { modes = [...scoringMethodNames], post: posts = [], bank, mergeSame, videos, json } = options;
      if (posts.includes('qb-norm') && bank === undefined) {
        throw new AppError('invalid_request', 'QB-Norm needs captions of training clips: --bank FILE');
      }
      await checkReportFile(json);
      const dataset = await captionedClips(path, { videos, mergeSame });
      const bankTexts = bank === undefined ? [] : await readCaptionTexts(bank);
      const report = await withRetrieval(options, signal, (model) =>
        measureRetrieval(model, dataset, { methods: modes, posts, bank: bankTexts, signal }),
      );
      process.stdout.write(showRetrieval(report));
      await writeReport(json, { ...report, mergeSame });
    });
}
