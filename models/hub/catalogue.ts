import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryName, revisionName } from './hub.ts';

const source = z.strictObject({
  role: z.enum(['llava', 'mmproj', 'clip', 'stan']),
  repo: repositoryName,
  revision: revisionName.optional(),
  /** As `chooseFiles` takes them: names in repositories change, so none is spelt out. */
  files: z.array(z.string().min(1)).min(1).optional(),
});

const entry = z.strictObject({
  title: z.string().min(1),
  /** What whoever chooses among the entries should know, in a line. */
  caveat: z.string().min(1).max(160),
  licence: z.string().min(1),
  /** What is downloaded, about. */
  gigabytes: z.number().positive(),
  /** Side of the square that the vision tower sees, in pixels. */
  imageSize: z.int().positive(),
  /** What was written down without having been seen. */
  unverified: z.array(z.string().min(1)),
  sources: z.array(source).superRefine((sources, context) => {
    const roles = sources.map(({ role }) => role);
    if (new Set(roles).size !== roles.length || !roles.includes('llava') || !roles.includes('stan'))
      context.addIssue('needs one source for llava, one for stan and no two for a role');
  }),
});

export type CatalogueEntry = z.infer<typeof entry>;

export const catalogueSchema = z.record(z.string().regex(/^[a-z0-9][a-z0-9.-]*$/), entry);

/** The packages that can be pulled by name. */
export function readCatalogue(): Record<string, CatalogueEntry> {
  const stored: unknown = JSON.parse(readFileSync(new URL('catalogue.json', import.meta.url), 'utf8'));
  return catalogueSchema.parse(stored);
}

/** Throws an `Error` that says which names there are. */
export function findEntry(name: string): CatalogueEntry {
  const catalogue = new Map(Object.entries(readCatalogue()));
  const found = catalogue.get(name);
  if (found === undefined) {
    const names = [...catalogue.keys()].join(', ');
    throw new Error(`there is no package ${JSON.stringify(name)} in the catalogue, which has ${names}`);
  }
  return found;
}
