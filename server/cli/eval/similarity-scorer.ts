import type { LoadedPackage } from '#models/package/load.ts';
import type { Matching } from '#models/package/manifest.ts';
import type { Similarities } from '#models/evaluate/retrieval-metrics.ts';
import { dot, type Embeddings, textDirection, videoDirection } from '#engine/retrieval/embeddings.ts';
import { MugScorer, scoringOf } from '#engine/retrieval/mug-scorer.ts';
import { retrievalOf } from '#engine/retrieval/retrieval-of.ts';
import { TextEncoder } from '#engine/retrieval/text-encoder.ts';
import type { EncoderMode } from '#engine/types.ts';
import type { EmbeddedClip } from './clip-embedder.ts';

/** Which frame embeddings are compared, and how: by Mug, or as the mean of the frames with the end token of the text. */
interface Way {
  readonly name: string;
  readonly mode: EncoderMode;
  readonly mug: boolean;
}

/** The paper's systems, by its names. */
export const scoringMethods = {
  'mug-stan': { name: 'Mug-STAN', mode: 'stan', mug: true },
  stan: { name: 'STAN, mean of frames', mode: 'stan', mug: false },
  mug: { name: 'CLIP with Mug', mode: 'plain', mug: true },
  clip: { name: 'CLIP, mean of frames', mode: 'plain', mug: false },
} as const satisfies Readonly<Record<string, Way>>;
export type ScoringMethod = keyof typeof scoringMethods;
export const scoringMethodNames = [
  'mug-stan',
  'stan',
  'mug',
  'clip',
] as const satisfies readonly ScoringMethod[];

/** Texts, and how alike they are to clips. */
export class SimilarityScorer {
  readonly #texts: TextEncoder;
  readonly #scorer: MugScorer;

  private constructor(texts: TextEncoder, scorer: MugScorer) {
    this.#texts = texts;
    this.#scorer = scorer;
  }

  /**
   * `mug`: Mug's form; the package's own unless given, the full one where the package has none. Throws `unsupported` for a
   * package that cannot search, `package_invalid`.
   */
  static async load(modelPackage: LoadedPackage, mug?: Matching): Promise<SimilarityScorer> {
    const { width, logitScale, matching } = retrievalOf(modelPackage.manifest);
    const own = matching?.form === 'mean' ? undefined : matching;
    const texts = await TextEncoder.load(modelPackage);
    return new SimilarityScorer(texts, await MugScorer.create(width, scoringOf(mug ?? own, logitScale)));
  }

  embedTexts(texts: readonly string[]): Promise<readonly Embeddings[]> {
    return this.#texts.encode(texts);
  }

  /** Of every text with every clip. */
  async similarities(
    way: ScoringMethod,
    texts: readonly Embeddings[],
    clips: readonly EmbeddedClip[],
  ): Promise<Similarities> {
    const { mode, mug } = scoringMethods[way];
    const videos = clips.map((clip) => clip[mode]);
    const found = mug ? await this.#scorer.similarities(texts, videos) : ofMeans(texts, videos);
    return { data: Float64Array.from(found), texts: texts.length, videos: videos.length };
  }

  async dispose(): Promise<void> {
    await this.#texts.dispose();
    await this.#scorer.dispose();
  }
}

function ofMeans(texts: readonly Embeddings[], videos: readonly Embeddings[]): number[] {
  const means = videos.map(videoDirection);
  return texts.map(textDirection).flatMap((text) => means.map((video) => dot(text, video)));
}
