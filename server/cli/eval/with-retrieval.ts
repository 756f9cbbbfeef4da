import type { Matching } from '#models/package/manifest.ts';
import { readConfig } from '#config';
import { EngineRetrieval } from './engine-retrieval.ts';
import { openPackage } from './open-package.ts';

export interface RetrievalSource {
  /** MODEL_PACKAGE unless given. */
  readonly package?: string | undefined;
  readonly frames?: number | undefined;
  /** Mug's form; the package's own unless given. */
  readonly mug?: Matching | undefined;
}

/** What `use` makes of a package's retrieval encoders, which are freed after it. */
export async function withRetrieval<T>(
  source: RetrievalSource,
  signal: AbortSignal,
  use: (model: EngineRetrieval) => Promise<T>,
): Promise<T> {
  const { dataDir, modelPackage, maxClipSeconds: maxSeconds } = readConfig({}, process.env);
  const loaded = await openPackage(source.package ?? modelPackage, { dataDir, signal });
  const { frames, mug } = source;
  const model = await EngineRetrieval.load(loaded, { dataDir, frames, mug, maxSeconds, signal });
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}
