import type { PackageManifest, RetrievalManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';

/** What a package says of its joint space of frames and texts. Throws `unsupported` for one that has none. */
export function retrievalOf({ name, retrieval }: PackageManifest): RetrievalManifest {
  if (retrieval !== undefined) return retrieval;
  const message = `The model package ${name} can chat and not search: it has no encoders for retrieval.`;
  throw new AppError('unsupported', message);
}
