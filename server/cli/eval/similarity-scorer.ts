import type { LoadedPackage } from '#models/package/load.ts';
import type { Similarities } from '#models/evaluate/retrieval-metrics.ts';
import { type BranchMode, type ScoringMethod, scoringMethods } from '#models/evaluate/scoring-methods.ts';
import { dot, type Embeddings, textDirection, videoDirection } from '#engine/retrieval/embeddings.ts';
import { MugScorer } from '#engine/retrieval/mug-scorer.ts';
import { paperMug } from '#models/nets/mug.ts';
import { retrievalOf } from '#engine/retrieval/retrieval-of.ts';
import { TextEncoder } from '#engine/retrieval/text-encoder.ts';

/** A clip's frames in the joint space, [T, P] each: with the branch, and by the tower alone. */
export type EmbeddedClip = Readonly<Record<BranchMode, Embeddings>>;

/** Texts, and how alike they are to clips. */
export class SimilarityScorer {
  readonly #texts: TextEncoder;
  readonly #scorer: MugScorer;

  private constructor(texts: TextEncoder, scorer: MugScorer) {
    this.#texts = texts;
    this.#scorer = scorer;
  }

  /** Throws `unsupported` for a package that cannot search, `package_invalid`. */
  static async load(modelPackage: LoadedPackage): Promise<SimilarityScorer> {
    const { width, logitScale: tau } = retrievalOf(modelPackage.manifest);
    const texts = await TextEncoder.load(modelPackage);
    return new SimilarityScorer(texts, await MugScorer.create(width, { ...paperMug, tau }));
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
