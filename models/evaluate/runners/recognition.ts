import { textTable } from '#models/text-table.ts';
import { type Accuracy, accuracyOf } from '../accuracy.ts';
import type { LabelledClips } from '../datasets/labelled-clips.ts';
import { percent } from '../percent.ts';
import type { MeasuredPackage, RetrievalModel } from '../ports.ts';
import { type Similarities, textRanks } from '../retrieval-metrics.ts';
import { type ScoringMethod, scoringMethods } from '../scoring-methods.ts';
import { describeLeftOut, type Unusable } from '../unusable.ts';
import { usableClips } from '../usable-clips.ts';

export interface RecognitionOptions {
  readonly methods: readonly ScoringMethod[];
  /** How a label becomes a text; `{}` is the label. The similarities of several are averaged. */
  readonly templates: readonly string[];
  readonly signal: AbortSignal;
}

interface RecognitionRow {
  readonly mode: ScoringMethod;
  readonly top1: Accuracy;
  readonly top5: Accuracy;
}

export interface RecognitionReport {
  readonly package: MeasuredPackage;
  readonly source: string;
  readonly clips: number;
  readonly labels: number;
  readonly frames: number;
  readonly templates: readonly string[];
  readonly missing: readonly string[];
  readonly unusable: readonly Unusable[];
  readonly rows: readonly RecognitionRow[];
}

/** Names the action of each clip, zero-shot, with the labels as texts. */
export async function measureRecognition<Clip, Texts>(
  model: RetrievalModel<Clip, Texts>,
  { clips, labels, source, missing }: LabelledClips,
  { methods, templates, signal }: RecognitionOptions,
): Promise<RecognitionReport> {
  const { embedded, unusable, leftOut } = await usableClips(model, clips, signal);
  const shown = clips.filter((_, index) => !leftOut.has(index));
  const matches = labels.map((_, label) => shown.flatMap((clip, i) => (clip.label === label ? [i] : [])));
  const texts: Texts[] = [];
  for (const template of templates) {
    texts.push(await model.embedTexts(labels.map((label) => template.replaceAll('{}', label))));
  }
  const rows: RecognitionRow[] = [];
  for (const mode of methods) {
    signal.throwIfAborted();
    const all: Similarities[] = [];
    for (const one of texts) all.push(await model.similarities(mode, one, embedded));
    const ranks = textRanks(meanOf(all, labels.length, embedded.length), matches);
    const within = (k: number): Accuracy => accuracyOf(ranks.map((rank) => rank <= k));
    rows.push({ mode, top1: within(1), top5: within(5) });
  }
  return {
    package: model.package,
    source,
    clips: shown.length,
    labels: labels.length,
    frames: model.frames,
    templates,
    missing,
    unusable,
    rows,
  };
}

function meanOf(all: readonly Similarities[], texts: number, videos: number): Similarities {
  const mean = new Float64Array(texts * videos);
  for (const { data } of all) {
    data.forEach((value, i) => {
      mean[i] = (mean[i] ?? 0) + value / all.length;
    });
  }
  return { data: mean, texts, videos };
}

export function showRecognition(report: RecognitionReport): string {
  const { clips, labels, frames, missing, unusable, rows } = report;
  const table = textTable([
    ['', 'top 1', 'top 5'],
    ...rows.map(({ mode, top1, top5 }) => [scoringMethods[mode].name, percent(top1), percent(top5)]),
  ]);
  return `${clips} clips, ${labels} labels, ${frames} frames\n${table}${describeLeftOut(missing, unusable)}`;
}
