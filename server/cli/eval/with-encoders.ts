import { join } from 'node:path';
import { loadPackage } from '#models/package/load.ts';
import type { Matching } from '#models/package/manifest.ts';
import { readConfig } from '#config';
import { ClipEmbedder } from './clip-embedder.ts';
import { SimilarityScorer } from './similarity-scorer.ts';
import { asUserError } from './as-user-error.ts';

export interface Encoders {
  readonly package: { readonly name: string; readonly hash: string };
  readonly embedder: ClipEmbedder;
  readonly matcher: SimilarityScorer;
}

export interface EncoderOptions {
  /** Folder of the package; MODEL_PACKAGE unless given. */
  readonly package?: string | undefined;
  readonly frames?: number | undefined;
  /** Mug's form; the package's unless given. */
  readonly mug?: Matching | undefined;
}

/** What `use` makes of a package's encoders, which are freed after it. Throws as they do, and `package_missing`. */
export async function withEncoders<T>(
  { package: folder, frames, mug }: EncoderOptions,
  signal: AbortSignal,
  use: (encoders: Encoders) => Promise<T>,
): Promise<T> {
  const { dataDir, modelPackage, maxClipSeconds: maxSeconds } = readConfig([], process.env);
  const loaded = await asUserError(() =>
    loadPackage(folder ?? modelPackage, { cacheDir: join(dataDir, 'cache'), signal }),
  );
  const stateFolder = join(dataDir, 'eval');
  const embedder = await ClipEmbedder.load(loaded, { stateFolder, frames, maxSeconds });
  try {
    const matcher = await SimilarityScorer.load(loaded, mug);
    try {
      const { manifest, hash } = loaded;
      return await use({ package: { name: manifest.name, hash }, embedder, matcher });
    } finally {
      await matcher.dispose();
    }
  } finally {
    await embedder.dispose();
  }
}
