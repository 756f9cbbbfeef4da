import { add, div, mul, scale, sub } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { reshape } from '#models/graph/ops/movement.ts';
import { selectLargest, softmax } from '#models/graph/ops/reduce.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { unitLength } from '#models/graph/ops/norm.ts';
import { type CompiledGraph, compile, noParameters, type RunOptions } from '#models/graph/run.ts';
import { dimOf, input, scalar, type Tensor } from '#models/graph/tensor.ts';

/** CLIP's logit scale at the value that its training clips it to; Mug's authors fix tau to it. */
export const clipLogitScale = 100;

/**
 * Mug, mutual-guided alignment (docs/method.md section 4). All of it is a function of the similarities r_ij = c_j . v_i:
 * the guided embeddings c~ and v~ are weighted sums, so c~ . v~ = sum_ij w'_j w_i r_ij.
 */
export interface MugConfig {
  /** `full`: with re-aggregation. `simple`: the authors' default, the mean of both guided scores. */
  readonly form: 'full' | 'simple';
  /** How guidance weighs: softmax at temperature 1/tau, or equal weights on the k best (paper Table VIII). */
  readonly select: { readonly kind: 'softmax' } | { readonly kind: 'topk'; readonly k: number };
  /** CLIP's logit scale, fixed. */
  readonly tau: number;
  /** The authors' full form lets padding into w'; only to compare with their numbers. */
  readonly paddingLeak?: boolean;
}

/** Mug as the paper gives it (its Eq. 10-14) and as `models/train` trains the branch with it. */
export const paperMug = {
  form: 'full',
  select: { kind: 'softmax' },
  tau: clipLogitScale,
} as const satisfies MugConfig;

export interface MugScores {
  /** c~ . v~ for each pair: [A, B] (texts, videos). */
  readonly similarity: Tensor;
  /** w: how much each frame matters to the text, [A, B, T]; sums to 1. */
  readonly frameWeights: Tensor;
  /** w': how much each word matters to the video, [A, B, K]; sums to 1. */
  readonly wordWeights: Tensor;
}

/**
 * Scores every text against every video. The inputs decide the paper's mode (its Table VIII): all text tokens and all
 * frames (frame-token, the paper's own), the one text embedding as K = 1 (frame-text), the mean frame as T = 1
 * (video-token), or patch tokens as frames (token-token). A, K, B and T may be open: one graph then scores any number of
 * any length.
 * @param texts [A, K, P]; @param videos [B, T, P]; neither needs unit length
 * @param mask float [A, K], 1 for a token and 0 for padding
 */
export function mug(texts: Tensor, videos: Tensor, mask: Tensor, config: MugConfig): MugScores {
  const [a, k, p] = [dimOf(texts, 0), dimOf(texts, 1), dimOf(texts, 2)];
  const words = reshape(unitLength(texts), [a, 1, k, p]);
  const r = matmul(words, unitLength(videos), { transposeB: true }); // [A, B, K, T]
  const kept = reshape(mask, [a, 1, k, 1]);
  return config.form === 'simple' ? simpleForm(r, kept, config) : fullForm(r, kept, config);
}

/** `mug` on onnxruntime, for any number of texts [A, K, P] with mask [A, K] and of videos [B, T, P]; P is `width`. */
export function compileMug(
  width: number,
  config: MugConfig = paperMug,
  options: RunOptions = {},
): Promise<CompiledGraph<keyof MugScores>> {
  const [texts, videos] = [input('texts', ['A', 'K', width]), input('videos', ['B', 'T', width])];
  const { similarity, frameWeights, wordWeights } = mug(texts, videos, input('mask', ['A', 'K']), config);
  return compile({ similarity, frameWeights, wordWeights }, noParameters, options);
}

/**
 * Mug's video-token mode of one text against many clips, as one matrix product: with one frame there are no frames to
 * weigh, so c~ . v = sum_j w'_j r_j with w' = softmax_j(tau r_j).
 * @param tokens [K, P], of any length; @param directions [N, P], mean frames of unit length
 * @returns [N, 1]
 */
export function videoTokenSimilarities(tokens: Tensor, directions: Tensor, tau: number): Tensor {
  const r = matmul(directions, unitLength(tokens), { transposeB: true }); // [N, K]
  return sum(mul(r, softmax(scale(r, tau), 1)), [1]);
}

/** `videoTokenSimilarities` on onnxruntime, for any number of `tokens` [K, P] and `directions` [N, P]; P is `width`. */
export function compileVideoToken(width: number, tau: number): Promise<CompiledGraph<'similarities'>> {
  const [tokens, directions] = [input('tokens', ['K', width]), input('directions', ['N', width])];
  return compile({ similarities: videoTokenSimilarities(tokens, directions, tau) }, noParameters);
}

function fullForm(r: Tensor, kept: Tensor, config: MugConfig): MugScores {
  const weigh = (x: Tensor, axis: number): Tensor => weighting(x, axis, config);
  // s_ij: the text guided by frame i, c_i . v_i = sum_j s_ij r_ij; then the weight of each frame
  const perFrame = sum(mul(weighWords(r, kept, config), r), [2]); // [A, B, 1, T]
  const w = weigh(perFrame, 3);
  // s'_ij: the video guided by word j; then the weight of each word
  const perWord = sum(mul(weigh(mul(r, kept), 3), r), [3]); // [A, B, K, 1]
  const w2 = config.paddingLeak === true ? weigh(perWord, 2) : weighWords(perWord, kept, config);
  return scores(sum(mul(mul(w, w2), r), [2, 3]), w, w2);
}

function simpleForm(r: Tensor, kept: Tensor, config: MugConfig): MugScores {
  const weigh = (x: Tensor, axis: number): Tensor => weighting(x, axis, config);
  const masked = mul(r, kept); // the authors set padded rows to 0
  const perWord = sum(mul(masked, weigh(masked, 3)), [3]); // t_j: [A, B, K, 1]
  const perFrame = sum(mul(masked, weighWords(masked, kept, config)), [2]); // u_i: [A, B, 1, T]
  const w2 = weighWords(perWord, kept, config);
  const w = weigh(perFrame, 3);
  const similarity = scale(add(sum(mul(perWord, w2), [2]), sum(mul(perFrame, w), [3])), 0.5);
  return scores(similarity, w, w2);
}

function weighting(x: Tensor, axis: number, { select, tau }: MugConfig): Tensor {
  if (select.kind === 'softmax') return softmax(scale(x, tau), axis);
  return selectLargest(x, axis, select.k);
}

/** Weights over words, 0 for padding; where fewer than k words remain, all of them count. */
function weighWords(x: Tensor, kept: Tensor, config: MugConfig): Tensor {
  const weights = weighting(hide(x, kept), 2, config);
  if (config.select.kind === 'softmax') return weights;
  const own = mul(weights, kept);
  return div(own, sum(own, [2]));
}

/** Padding at a similarity below any word's. */
function hide(x: Tensor, kept: Tensor): Tensor {
  return add(mul(x, kept), scale(sub(scalar(1), kept), -1e4));
}

function scores(similarity: Tensor, frameWeights: Tensor, wordWeights: Tensor): MugScores {
  const [a, b] = [dimOf(similarity, 0), dimOf(similarity, 1)];
  return {
    similarity: reshape(similarity, [a, b]),
    frameWeights: reshape(frameWeights, [a, b, dimOf(frameWeights, 3)]),
    wordWeights: reshape(wordWeights, [a, b, dimOf(wordWeights, 2)]),
  };
}
