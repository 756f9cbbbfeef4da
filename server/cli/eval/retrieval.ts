import { z } from 'zod';
import { captionedClips, leaveOut, readCaptionTexts } from '#models/evaluate/datasets/captioned-clips.ts';
import { commaList, dataCall, dataOptions } from './data-call.ts';
import { readCall } from './read-call.ts';
import { asUserError } from './as-user-error.ts';
import { postNames, type RetrievalRow, rowsOf, showRows } from './retrieval-rows.ts';
import { tellLeftOut } from './unusable.ts';
import { usableClips } from './usable-clips.ts';
import { withEncoders } from './with-encoders.ts';
import { checkReportFile, writeReport } from './write-report.ts';

const call = z
  .strictObject({
    ...dataCall,
    post: commaList(postNames).default([]),
    bank: z.string().optional(),
    'merge-same': z.boolean().default(false),
  })
  .refine(({ post, bank }) => !post.includes('qb-norm') || bank !== undefined, {
    path: ['bank'],
    error: 'QB-Norm needs captions of training clips: --bank FILE',
  });
const options = {
  ...dataOptions,
  post: { type: 'string' },
  bank: { type: 'string' },
  'merge-same': { type: 'boolean' },
} as const;

/** `retrieval`: finds the clips of a data set by their captions, and the captions by their clips. */
export async function retrieval(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { target, videos, json, modes, post, bank, ...wish } = readCall(args, call, options);
  await checkReportFile(json);
  const mergeSame = wish['merge-same'];
  const dataset = await asUserError(() => captionedClips(target, { videos, mergeSame }));
  const bankTexts = bank === undefined ? [] : await asUserError(() => readCaptionTexts(bank));
  await withEncoders(wish, signal, async ({ package: from, embedder, matcher }) => {
    const { embedded, unusable, leftOut } = await usableClips(embedder, dataset.clips, signal);
    const { clips, texts, matches } = leaveOut(dataset, leftOut);
    const queries = await matcher.embedTexts(texts);
    const banked = await matcher.embedTexts(bankTexts);
    const rows: RetrievalRow[] = [];
    for (const mode of modes) {
      signal.throwIfAborted();
      const similarities = await matcher.similarities(mode, queries, embedded);
      const known = post.includes('qb-norm') ? await matcher.similarities(mode, banked, embedded) : undefined;
      rows.push(...rowsOf({ mode, similarities, bank: known }, matches, post));
    }
    const { source, missing } = dataset;
    const counts = { clips: clips.length, texts: texts.length, frames: embedder.frames };
    process.stdout.write(`${clips.length} clips, ${texts.length} texts, ${embedder.frames} frames\n`);
    process.stdout.write(showRows(rows) + tellLeftOut(missing, unusable));
    await writeReport(json, { package: from, source, ...counts, mergeSame, missing, unusable, rows });
  });
}
