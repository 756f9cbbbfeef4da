import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { colourNames } from './colours.ts';
import { groups } from './groups.ts';
import type { KnownThing } from './thing.ts';

const line = z.tuple([
  z.string().min(1),
  z.enum(['', 'mass', 'plural']),
  z.string().min(1),
  z.enum(groups),
  z.enum(['', '*', ...colourNames]),
  z.string().min(1),
]);

/** All things with a word, in the order of `known.csv`; the names alone, no pictures. */
export const knownThings: readonly KnownThing[] = readFileSync(new URL('known.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => {
    const [id, form, vietnamese, group, colour, drawings] = line.parse(row.split(','));
    return {
      known: true,
      id,
      form: form === '' ? 'count' : form,
      vietnamese,
      group,
      colour: colour === '' || colour === '*' ? undefined : colour,
      dyed: colour === '*',
      drawings: drawings.split('|'),
    };
  });

const byNoun = new Map(knownThings.map((thing) => [thing.id, thing]));

/** The thing of an English noun. @throws RangeError where there is none */
export function thingOf(noun: string): KnownThing {
  const thing = byNoun.get(noun);
  if (thing === undefined) throw new RangeError(`the world has no ${noun}`);
  return thing;
}
