import { dualSoftmax, querybankNorm } from './post-processing.ts';
import {
  type Matches,
  type RankMetrics,
  rankMetrics,
  type Similarities,
  textRanks,
  videoRanks,
} from './retrieval-metrics.ts';
import { textTable } from '#models/text-table.ts';
import { percent } from './percent.ts';
import { type ScoringMethod, scoringMethods } from './scoring-methods.ts';

export const postNames = ['dsl', 'qb-norm'] as const;
export type PostName = (typeof postNames)[number];

/** How well one system finds clips by text, and texts by clip. */
export interface RetrievalRow {
  readonly mode: ScoringMethod;
  readonly post: PostName | 'none';
  readonly textToVideo: RankMetrics;
  /** Null where the post-processing is for texts alone. */
  readonly videoToText: RankMetrics | null;
}

export interface Compared {
  readonly mode: ScoringMethod;
  readonly similarities: Similarities;
  /** The captions of the bank with the same clips. */
  readonly bank?: Similarities | undefined;
}

/** A row for the similarities as they are, and one for each post-processing. */
export function rowsOf(compared: Compared, matches: Matches, posts: readonly PostName[]): RetrievalRow[] {
  const all = ['none', ...posts] as const;
  return all.map((post) => {
    const { textToVideo, videoToText } = processed(compared, post);
    return {
      mode: compared.mode,
      post,
      textToVideo: rankMetrics(videoRanks(textToVideo, matches)),
      videoToText: videoToText && rankMetrics(textRanks(videoToText, matches)),
    };
  });
}

/** What each direction ranks by. */
function processed(
  { similarities, bank }: Compared,
  post: RetrievalRow['post'],
): { readonly textToVideo: Similarities; readonly videoToText: Similarities | null } {
  switch (post) {
    case 'none':
      return { textToVideo: similarities, videoToText: similarities };
    case 'dsl':
      return {
        textToVideo: dualSoftmax(similarities, 'text-to-video'),
        videoToText: dualSoftmax(similarities, 'video-to-text'),
      };
    case 'qb-norm':
      if (bank === undefined) throw new RangeError('QB-Norm needs a bank');
      return { textToVideo: querybankNorm(similarities, bank), videoToText: null };
  }
}

const postTitles: Record<RetrievalRow['post'], string> = {
  none: '',
  dsl: ' * DSL',
  'qb-norm': ' * QB-Norm',
};

export function showRows(rows: readonly RetrievalRow[]): string {
  const titles = ['R@1', 'R@5', 'R@10', 'MdR', 'MnR'];
  const cells = (metrics: RankMetrics | null): string[] => {
    if (metrics === null) return titles.map(() => '-');
    const { recall, medianRank, meanRank } = metrics;
    const shares = [recall[5], recall[10]].map(({ share }) => (share * 100).toFixed(1));
    return [percent(recall[1]), ...shares, medianRank.toFixed(1), meanRank.toFixed(1)];
  };
  return textTable([
    ['', ...titles.map((title) => `t>v ${title}`), ...titles.map((title) => `v>t ${title}`)],
    ...rows.map(({ mode, post, textToVideo, videoToText }) => [
      `${scoringMethods[mode].name}${postTitles[post]}`,
      ...cells(textToVideo),
      ...cells(videoToText),
    ]),
  ]);
}
