import { type CaptionedDataset, leaveOut } from '../datasets/captioned-clips.ts';
import type { MeasuredPackage, RetrievalModel } from '../ports.ts';
import { type PostName, type RetrievalRow, rowsOf, showRows } from '../retrieval-rows.ts';
import type { ScoringMethod } from '../scoring-methods.ts';
import { describeLeftOut, type Unusable } from '../unusable.ts';
import { usableClips } from '../usable-clips.ts';

export interface RetrievalOptions {
  readonly methods: readonly ScoringMethod[];
  readonly posts: readonly PostName[];
  /** Captions of training clips, for QB-Norm. */
  readonly bank: readonly string[];
  readonly signal: AbortSignal;
}

export interface RetrievalReport {
  readonly package: MeasuredPackage;
  readonly source: string;
  readonly clips: number;
  readonly texts: number;
  readonly frames: number;
  readonly missing: readonly string[];
  readonly unusable: readonly Unusable[];
  readonly rows: readonly RetrievalRow[];
}

/** Finds the clips of a data set by their captions, and the captions by their clips. */
export async function measureRetrieval<Clip, Texts>(
  model: RetrievalModel<Clip, Texts>,
  dataset: CaptionedDataset,
  { methods, posts, bank, signal }: RetrievalOptions,
): Promise<RetrievalReport> {
  const { embedded, unusable, leftOut } = await usableClips(model, dataset.clips, signal);
  const { clips, texts, matches } = leaveOut(dataset, leftOut);
  const queries = await model.embedTexts(texts);
  const banked = posts.includes('qb-norm') ? await model.embedTexts(bank) : undefined;
  const rows: RetrievalRow[] = [];
  for (const mode of methods) {
    signal.throwIfAborted();
    const similarities = await model.similarities(mode, queries, embedded);
    const known = banked && (await model.similarities(mode, banked, embedded));
    rows.push(...rowsOf({ mode, similarities, bank: known }, matches, posts));
  }
  return {
    package: model.package,
    source: dataset.source,
    clips: clips.length,
    texts: texts.length,
    frames: model.frames,
    missing: dataset.missing,
    unusable,
    rows,
  };
}

export function showRetrieval({ clips, texts, frames, missing, unusable, rows }: RetrievalReport): string {
  const counts = `${clips} clips, ${texts} texts, ${frames} frames\n`;
  return counts + showRows(rows) + describeLeftOut(missing, unusable);
}
