import { z } from 'zod';
import type { Matching } from '#models/package/manifest.ts';
import { scoringMethodNames } from '#models/evaluate/scoring-methods.ts';
import { frameCount } from '#contract/rest.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';

export const frames = parsedBy(z.coerce.number().pipe(frameCount));
export const wholeNumber = (min: number, max: number) => parsedBy(z.coerce.number().int().min(min).max(max));

/** `a,b` of the names known, in the order known. */
export function commaList<T extends string>(names: readonly T[]): (text: string) => T[] {
  const list = z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(names, { error: `It must be some of ${names.join(',')}.` })).min(1))
    .transform((chosen): T[] => names.filter((name) => chosen.includes(name)));
  return parsedBy(list);
}

const mugForm = parsedBy(
  z
    .string()
    .regex(/^(full|simple|top-k(:[1-9]\d?)?)$/, 'It must be full, simple, top-k or top-k:K.')
    .transform(asMatching),
);

/** Top-k by three unless told, as in the paper's Table VIII. */
function asMatching(text: string): Matching {
  if (text === 'full' || text === 'simple') return { form: text };
  return { form: 'top-k', k: Number(text.split(':')[1] ?? 3) };
}

/** A command that measures on a data set of clips. */
export function newDatasetCommand(name: string, about: string) {
  return newCommand(name, about)
    .argument('<dataset>', 'a folder, or its file of captions or labels')
    .option('--videos <dir>', 'folder of the clips, where it is another')
    .option('--package <dir>', 'model package (MODEL_PACKAGE)')
    .option('--frames <T>', "frames of each clip (the package's number)", frames)
    .option('--modes <list>', `rows: ${scoringMethodNames.join(',')} (all)`, commaList(scoringMethodNames))
    .option('--mug <form>', "full, simple, top-k or top-k:K (the package's own form of Mug)", mugForm)
    .option('--json <file>', 'writes the whole report');
}

/** A command that measures on the synthetic demo data set. */
export function newWorldCommand(name: string, about: string, clips: number) {
  return newCommand(name, about)
    .option('--clips <n>', 'clips', wholeNumber(1, 100_000), clips)
    .option('--seed <n>', 'which clips', wholeNumber(0, 40_000), 0)
    .option('--package <dir>', 'model package', 'models/demo')
    .option('--json', 'prints the report as JSON', false);
}
