import { type Accuracy, accuracyOf } from './accuracy.ts';

/** How alike texts and videos are: [texts, videos], row by row. */
export interface Similarities {
  readonly data: Float64Array;
  readonly texts: number;
  readonly videos: number;
}

/** For each text the videos it is true of; a video's captions are the texts that name it. */
export type Matches = readonly (readonly number[])[];

export interface RankMetrics {
  /** Queries whose right answer is among the first 1, 5 and 10. */
  readonly recall: Readonly<Record<1 | 5 | 10, Accuracy>>;
  /** Mean of the middle two where their number is even. NaN for no queries. */
  readonly medianRank: number;
  readonly meanRank: number;
}

/**
 * The rank of the best right video for each text, 1 for the first. A tie counts as the worst rank it can have: a scorer
 * that gives every pair the same number finds nothing. Throws RangeError on similarities that are not numbers.
 */
export function videoRanks(similarities: Similarities, matches: Matches): number[] {
  checkSizes(similarities, matches);
  const { data, videos } = similarities;
  if (matches.some((right) => right.length === 0)) throw new RangeError('a text has no video');
  return matches.map((right, text) => worstRank(data.subarray(text * videos, (text + 1) * videos), right));
}

/**
 * The rank of the best of its captions for each video, among all texts; ties as in `videoRanks`. Where clips have several
 * captions this asks more than the form that lets only the best caption of each other clip compete.
 */
export function textRanks(similarities: Similarities, matches: Matches): number[] {
  checkSizes(similarities, matches);
  const { data, texts, videos } = similarities;
  const captions = Array.from({ length: videos }, (): number[] => []);
  matches.forEach((right, text) => {
    for (const video of right) captions[video]?.push(text);
  });
  if (captions.some((right) => right.length === 0)) throw new RangeError('a video has no text');
  return captions.map((right, video) => {
    const column = Float64Array.from({ length: texts }, (_, text) => data[text * videos + video] ?? NaN);
    return worstRank(column, right);
  });
}

export function rankMetrics(ranks: readonly number[]): RankMetrics {
  const within = (k: number): Accuracy => accuracyOf(ranks.map((rank) => rank <= k));
  const ascending = ranks.toSorted((a, b) => a - b);
  const rankAt = (index: number): number => ascending[index] ?? NaN;
  const half = ranks.length / 2;
  return {
    recall: { 1: within(1), 5: within(5), 10: within(10) },
    medianRank: (rankAt(Math.ceil(half) - 1) + rankAt(Math.floor(half))) / 2,
    meanRank: ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length,
  };
}

/** One more than the wrong ones that score no less than the best right one. */
function worstRank(scores: Float64Array, right: readonly number[]): number {
  const own = new Set(right);
  const best = Math.max(...right.map((index) => scores[index] ?? NaN));
  return 1 + scores.reduce((ahead, score, index) => ahead + Number(score >= best && !own.has(index)), 0);
}

function checkSizes({ data, texts, videos }: Similarities, matches: Matches): void {
  if (data.length !== texts * videos || matches.length !== texts) {
    throw new RangeError(
      `${data.length} similarities and ${matches.length} matches for ${texts} texts and ${videos} videos`,
    );
  }
  if (!data.every((value) => !Number.isNaN(value))) throw new RangeError('a similarity is not a number');
  const known = (video: number): boolean => Number.isInteger(video) && video >= 0 && video < videos;
  if (!matches.flat().every(known)) throw new RangeError(`a text matches none of the ${videos} videos`);
}
