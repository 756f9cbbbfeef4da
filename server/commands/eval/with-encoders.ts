import { join } from 'node:path';
import { loadPackage } from '../../../models/package/load.ts';
import { readConfig } from '../../config.ts';
import { ClipEmbedder } from './clip-embedder.ts';
import { Matcher } from './matcher.ts';
import { reading } from './reading.ts';

export interface Encoders {
  readonly package: { readonly name: string; readonly hash: string };
  readonly embedder: ClipEmbedder;
  readonly matcher: Matcher;
}

export interface EncoderWish {
  /** Folder of the package; MODEL_PACKAGE unless given. */
  readonly package?: string | undefined;
  readonly frames?: number | undefined;
}

/** What `use` makes of a package's encoders, which are freed after it. Throws as they do, and `package_missing`. */
export async function withEncoders<T>(
  { package: folder, frames }: EncoderWish,
  signal: AbortSignal,
  use: (encoders: Encoders) => Promise<T>,
): Promise<T> {
  const { dataDir, modelPackage, maxClipSeconds: maxSeconds } = readConfig([], process.env);
  const loaded = await reading(() =>
    loadPackage(folder ?? modelPackage, { cacheDir: join(dataDir, 'cache'), signal }),
  );
  const stateFolder = join(dataDir, 'eval');
  const embedder = await ClipEmbedder.load(loaded, { stateFolder, frames, maxSeconds });
  try {
    const matcher = await Matcher.load(loaded);
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
