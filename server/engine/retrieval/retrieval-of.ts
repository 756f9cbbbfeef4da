import type { PackageManifest, RetrievalManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';

/** The package's section on retrieval. Throws `unsupported` for a package without one. */
export function retrievalOf({ name, retrieval }: PackageManifest): RetrievalManifest {
  if (retrieval !== undefined) return retrieval;
  const message = `The model package ${name} can chat but not search: it has no encoders for retrieval.`;
  throw new AppError('unsupported', message);
}
