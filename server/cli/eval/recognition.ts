import { z } from 'zod';
import { type Accuracy, accuracyOf } from '#models/evaluate/accuracy.ts';
import { labelledClips } from '#models/evaluate/datasets/labelled-clips.ts';
import { type Similarities, textRanks } from '#models/evaluate/retrieval-metrics.ts';
import { textTable } from '#models/text-table.ts';
import type { EmbeddedClip } from './clip-embedder.ts';
import { dataCall, dataOptions } from './data-call.ts';
import { type SimilarityScorer, type ScoringMethod, scoringMethods } from './similarity-scorer.ts';
import { percent } from './percent.ts';
import { readCall } from './read-call.ts';
import { asUserError } from './as-user-error.ts';
import { tellLeftOut } from './unusable.ts';
import { usableClips } from './usable-clips.ts';
import { withEncoders } from './with-encoders.ts';
import { checkReportFile, writeReport } from './write-report.ts';

/** The label itself, as the paper asks. */
const noTemplate = '{}';

const call = z.strictObject({
  ...dataCall,
  template: z
    .array(z.string().refine((text) => text.includes('{}'), 'must have {} where the label goes'))
    .default([noTemplate]),
});
const options = { ...dataOptions, template: { type: 'string', multiple: true } } as const;

interface RecognitionRow {
  readonly mode: ScoringMethod;
  readonly top1: Accuracy;
  readonly top5: Accuracy;
}

/** `recognition`: names the action of each clip, zero-shot, with the labels as texts. */
export async function recognition(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { target, videos, json, modes, template: templates, ...wish } = readCall(args, call, options);
  await checkReportFile(json);
  const { clips, labels, source, missing } = await asUserError(() => labelledClips(target, { videos }));
  await withEncoders(wish, signal, async ({ package: from, embedder, matcher }) => {
    const { embedded, unusable, leftOut } = await usableClips(embedder, clips, signal);
    const shown = clips.filter((_, index) => !leftOut.has(index));
    const matches = labels.map((_, label) => shown.flatMap((clip, i) => (clip.label === label ? [i] : [])));
    const rows: RecognitionRow[] = [];
    for (const mode of modes) {
      signal.throwIfAborted();
      const similarities = await overTemplates(matcher, mode, { labels, templates, clips: embedded });
      const ranks = textRanks(similarities, matches);
      const within = (k: number): Accuracy => accuracyOf(ranks.map((rank) => rank <= k));
      rows.push({ mode, top1: within(1), top5: within(5) });
    }
    const counts = { clips: shown.length, labels: labels.length, frames: embedder.frames };
    process.stdout.write(`${counts.clips} clips, ${counts.labels} labels, ${counts.frames} frames\n`);
    process.stdout.write(showRows(rows) + tellLeftOut(missing, unusable));
    await writeReport(json, { package: from, source, ...counts, templates, missing, unusable, rows });
  });
}

/** The mean of the similarities of a label in each template. */
async function overTemplates(
  matcher: SimilarityScorer,
  mode: ScoringMethod,
  asked: {
    readonly labels: readonly string[];
    readonly templates: readonly string[];
    readonly clips: readonly EmbeddedClip[];
  },
): Promise<Similarities> {
  const { labels, templates, clips } = asked;
  const mean = new Float64Array(labels.length * clips.length);
  for (const template of templates) {
    const texts = await matcher.embedTexts(labels.map((label) => template.replaceAll('{}', label)));
    const { data } = await matcher.similarities(mode, texts, clips);
    data.forEach((value, i) => {
      mean[i] = (mean[i] ?? 0) + value / templates.length;
    });
  }
  return { data: mean, texts: labels.length, videos: clips.length };
}

function showRows(rows: readonly RecognitionRow[]): string {
  return textTable([
    ['', 'top 1', 'top 5'],
    ...rows.map(({ mode, top1, top5 }) => [scoringMethods[mode].name, percent(top1), percent(top5)]),
  ]);
}
