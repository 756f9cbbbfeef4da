import type { LoadedPackage } from '#models/package/load.ts';
import type { Matching } from '#models/package/manifest.ts';
import type { Similarities } from '#models/evaluate/retrieval-metrics.ts';
import { type BranchMode, type ScoringMethod, scoringMethods } from '#models/evaluate/scoring-methods.ts';
import type { Embeddings } from '#engine/retrieval/embeddings.ts';
import { createScorer, type PairScorer } from '#engine/retrieval/create-scorer.ts';
import { MeanScorer } from '#engine/retrieval/mean-scorer.ts';
import { retrievalOf } from '#engine/retrieval/retrieval-of.ts';
import { TextEncoder } from '#engine/retrieval/text-encoder.ts';

/** A clip's frames in the joint space, [T, P] each: with the branch, and by the tower alone. */
export type EmbeddedClip = Readonly<Record<BranchMode, Embeddings>>;

/** Texts, and how alike they are to clips. */
export class SimilarityScorer {
  readonly #texts: TextEncoder;
  readonly #scorer: PairScorer;
  readonly #means = new MeanScorer();

  private constructor(texts: TextEncoder, scorer: PairScorer) {
    this.#texts = texts;
    this.#scorer = scorer;
  }

  /**
   * `mug`: Mug's form; the package's own unless given, the full one where the package has none. Throws `unsupported` for a
   * package that cannot search, `package_invalid`.
   */
  static async load(modelPackage: LoadedPackage, mug?: Matching): Promise<SimilarityScorer> {
    const manifest = retrievalOf(modelPackage.manifest);
    const own = manifest.matching?.form === 'mean' ? undefined : manifest.matching;
    const texts = await TextEncoder.load(modelPackage);
    return new SimilarityScorer(texts, await createScorer({ ...manifest, matching: mug ?? own }));
  }

  embedTexts(texts: readonly string[]): Promise<readonly Embeddings[]> {
    return this.#texts.encode(texts);
  }

  /** Of every text with every clip. */
  async similarities(
    method: ScoringMethod,
    texts: readonly Embeddings[],
    clips: readonly EmbeddedClip[],
  ): Promise<Similarities> {
    const { mode, mug } = scoringMethods[method];
    const videos = clips.map((clip) => clip[mode]);
    const found = await (mug ? this.#scorer : this.#means).similarities(texts, videos);
    return { data: Float64Array.from(found), texts: texts.length, videos: videos.length };
  }

  async dispose(): Promise<void> {
    await this.#texts.dispose();
    await this.#scorer.dispose();
  }
}
