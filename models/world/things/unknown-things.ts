import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { UnknownThing } from './thing.ts';

const line = z.tuple([z.string().min(1), z.enum(['train', 'test'])]);

/** Things without a word, in the order of `unknown.csv`. */
export const unknownThings: readonly UnknownThing[] = readFileSync(
  new URL('unknown.csv', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => {
    const [id, split] = line.parse(row.split(','));
    return { known: false, id, split };
  });
