import { z } from 'zod';
import type { Matching } from '#models/package/manifest.ts';
import { frameCount } from '#contract/rest.ts';
import { scoringMethodNames } from './similarity-scorer.ts';

const text = { type: 'string' } as const;

/** What the words about data sets of clips take. */
export const dataOptions = {
  videos: text,
  package: text,
  frames: text,
  modes: text,
  mug: text,
  json: text,
} as const;

export const dataCall = {
  target: z.string({ error: 'name a data set: a folder, or a file of captions or labels' }),
  /** Folder of the clips. */
  videos: z.string().optional(),
  package: z.string().optional(),
  frames: z.coerce.number().pipe(frameCount).optional(),
  modes: commaList(scoringMethodNames).default([...scoringMethodNames]),
  mug: z
    .string()
    .regex(/^(full|simple|top-k(:[1-9]\d?)?)$/, { error: 'must be full, simple, top-k or top-k:K' })
    .transform(mugForm)
    .optional(),
  json: z.string().optional(),
};

/** Top-k by three unless told, as in the paper's Table VIII. */
function mugForm(text: string): Matching {
  if (text === 'full' || text === 'simple') return { form: text };
  return { form: 'top-k', k: Number(text.split(':')[1] ?? 3) };
}

/** `a,b` of the names known, in the order known. */
export function commaList<T extends string>(names: readonly T[]) {
  return z
    .string()
    .transform((list) => list.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(names, { error: `must be some of ${names.join(',')}` })).min(1))
    .transform((chosen): T[] => names.filter((name) => chosen.includes(name)));
}
