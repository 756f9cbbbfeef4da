import { at } from '#core/at.ts';
import { dot, type Embeddings, textDirection, videoDirection } from './embeddings.ts';
import type { PairScores } from './mug-scorer.ts';

/** No guidance (BT-Adapter): cos of a text's one embedding and the mean frame of a clip. */
export class MeanScorer {
  /** [A * B]. RangeError for embeddings of different width. */
  async similarities(texts: readonly Embeddings[], videos: readonly Embeddings[]): Promise<Float32Array> {
    const clips = videos.map(videoDirection);
    return Float32Array.from(
      texts.map(textDirection).flatMap((text) => clips.map((clip) => dot(text, clip))),
    );
  }

  /** As `similarities`; every frame weighs the same, and of a text's tokens only the end token counts. */
  async score(texts: readonly Embeddings[], videos: readonly Embeddings[]): Promise<PairScores> {
    const similarity = await this.similarities(texts, videos);
    const ofPair = (pair: number) => ({
      text: at(texts, Math.floor(pair / videos.length)),
      video: at(videos, pair % videos.length),
    });
    const pairs = Array.from(similarity, (_, pair) => ofPair(pair));
    return {
      similarity,
      frameWeights: pairs.map(({ video: { count } }) => new Float32Array(count).fill(1 / count)),
      wordWeights: pairs.map(({ text: { count } }) => new Float32Array(count).fill(1, count - 1)),
    };
  }

  async dispose(): Promise<void> {}
}
