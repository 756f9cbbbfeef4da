import type { Similarities } from './retrieval-metrics.ts';

/**
 * Similarities made better by what is known of other queries (the paper's starred rows). Both see more than one query at
 * a time, so their numbers are not to be compared with those of plain similarities.
 */

/** Which side asks: texts for videos, or videos for texts. */
export type Direction = 'text-to-video' | 'video-to-text';

/** That of CLIP's logit scale of 100. */
const usualTemperature = 0.01;

/**
 * DSL, the dual softmax of CAMoE (arXiv 2109.04290), at test time: s_ij * softmax(s_ij / temperature) over the queries, so
 * that what answers every query well is the best answer of none. Needs all queries at once. Made for similarities above 0:
 * the product turns the order of those below around.
 */
export function dualSoftmax(
  similarities: Similarities,
  direction: Direction,
  temperature = usualTemperature,
): Similarities {
  if (direction === 'video-to-text') {
    return transposed(dualSoftmax(transposed(similarities), 'text-to-video', temperature));
  }
  const { data, texts, videos } = similarities;
  const logSums = columnLogSums(similarities, 1 / temperature);
  const prior = (value: number, video: number): number =>
    Math.exp(value / temperature - (logSums[video] ?? NaN));
  return { data: Float64Array.from(data, (value, i) => value * prior(value, i % videos)), texts, videos };
}

/** The default of the authors' code. */
const usualBeta = 20;

/**
 * QB-Norm with the dynamic inverted softmax (Bogolin et al., CVPR 2022, arXiv 2112.12777), text to video: where the best
 * video of a text is also the best of some text of the bank (the activation set: a hub), each of the text's similarities
 * becomes exp(beta s_ij) / sum_m exp(beta b_mj); other texts keep theirs. It is given as its logarithm, which ranks the
 * same and never overflows. `bank` holds captions of training clips against the same videos: [M, videos].
 */
export function querybankNorm(
  similarities: Similarities,
  bank: Similarities,
  beta = usualBeta,
): Similarities {
  const { data, texts, videos } = similarities;
  if (bank.videos !== videos) throw new RangeError(`the bank knows ${bank.videos} videos of ${videos}`);
  const hubs = new Set(Array.from({ length: bank.texts }, (_, text) => bestVideo(bank, text)));
  const logSums = columnLogSums(bank, beta);
  const normalised = Float64Array.from(data);
  for (let text = 0; text < texts; text++) {
    if (!hubs.has(bestVideo(similarities, text))) continue;
    for (let video = 0; video < videos; video++) {
      const i = text * videos + video;
      normalised[i] = beta * (data[i] ?? NaN) - (logSums[video] ?? NaN);
    }
  }
  return { data: normalised, texts, videos };
}

function bestVideo({ data, videos }: Similarities, text: number): number {
  const row = data.subarray(text * videos, (text + 1) * videos);
  return row.indexOf(row.reduce((best, value) => Math.max(best, value)));
}

/** log sum_i exp(scale s_ij) of each column j, without overflow. */
function columnLogSums({ data, texts, videos }: Similarities, scale: number): Float64Array {
  const largest = new Float64Array(videos).fill(Number.NEGATIVE_INFINITY);
  data.forEach((value, i) => {
    largest[i % videos] = Math.max(largest[i % videos] ?? value, value);
  });
  const sums = new Float64Array(videos);
  for (let i = 0; i < texts * videos; i++) {
    const video = i % videos;
    sums[video] = (sums[video] ?? 0) + Math.exp(scale * ((data[i] ?? NaN) - (largest[video] ?? NaN)));
  }
  return sums.map((sum, video) => Math.log(sum) + scale * (largest[video] ?? NaN));
}

function transposed({ data, texts, videos }: Similarities): Similarities {
  const index = (i: number): number => (i % texts) * videos + Math.floor(i / texts);
  const turned = Float64Array.from(data, (_, i) => data[index(i)] ?? NaN);
  return { data: turned, texts: videos, videos: texts };
}
