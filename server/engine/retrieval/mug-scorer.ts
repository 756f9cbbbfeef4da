import { type CompiledGraph, compile, type RunOptions } from '#models/graph/run.ts';
import { input } from '#models/graph/tensor.ts';
import { type MugConfig, mug } from '#models/nets/mug.ts';
import type { Matching } from '#models/package/manifest.ts';
import { type Embeddings, rowOf, textDirection, videoDirection } from './embeddings.ts';

/**
 * What guides what (paper Table VIII). `frame-token`, the paper's own, weighs every frame by every token; `frame-text`
 * takes the text as its one embedding, `video-token` the clip as its mean frame; `token-token` is for patch tokens in the
 * place of frames. `mean` is no Mug: the text as its one embedding with the clip as its mean frame.
 */
export type MugMode = 'frame-token' | 'frame-text' | 'video-token' | 'token-token' | 'mean';

export interface MugScorerConfig extends Omit<MugConfig, 'paddingLeak'> {
  readonly mode: MugMode;
}

/** Mug as the paper gives it (its Eq. 10-14) and as `models/train` trains the branch with it. */
export const paperMug: MugScorerConfig = {
  mode: 'frame-token',
  form: 'full',
  select: { kind: 'softmax' },
  tau: 100,
};

/** How a package's texts and clips are compared; Mug's full form where it does not say. */
export function scoringOf(matching: Matching = { form: 'full' }, tau = paperMug.tau): MugScorerConfig {
  switch (matching.form) {
    case 'full':
      return { ...paperMug, tau };
    case 'simple':
      return { ...paperMug, form: 'simple', tau };
    case 'top-k':
      return { ...paperMug, select: { kind: 'topk', k: matching.k }, tau };
    case 'mean':
      return { ...paperMug, mode: 'mean', tau };
  }
}

/** Of every text a with every video b; the lists have a pair's at a * B + b. */
export interface PairScores {
  /** c~ . v~: [A * B], between -1 and 1. */
  readonly similarity: Float32Array;
  /** w: how much each frame of the video matters to the text, [T]; sums to 1. */
  readonly frameWeights: readonly Float32Array[];
  /** w': how much each token of the text matters to the video, [K]; sums to 1. */
  readonly wordWeights: readonly Float32Array[];
}

/** Similarities c . v held in memory at once; 4 MB for each of the graph's ten or so intermediate values. */
const cellsAtOnce = 2 ** 20;
const textsAtOnce = 64;
/** Modes that take a text, or a clip, as one embedding. */
const oneText: ReadonlySet<MugMode> = new Set(['frame-text', 'mean']);
const oneFrame: ReadonlySet<MugMode> = new Set(['video-token', 'mean']);

/** A part of the texts, or of the videos: places in the list that was given, and rows filled up to the longest. */
interface Block {
  readonly places: readonly number[];
  readonly rows: readonly Embeddings[];
  /** Rows of each, padding included. */
  readonly longest: number;
  readonly data: Float32Array;
}

/** Mug (docs/method.md section 4) for any number of texts and videos of any length: one graph on onnxruntime. */
export class MugScorer {
  readonly #graph: CompiledGraph;
  readonly #width: number;
  readonly #mode: MugMode;

  private constructor(graph: CompiledGraph, width: number, mode: MugMode) {
    this.#graph = graph;
    this.#width = width;
    this.#mode = mode;
  }

  /** `width`: P of the joint space. */
  static async create(
    width: number,
    { mode, ...config }: MugScorerConfig = paperMug,
    options: RunOptions = {},
  ): Promise<MugScorer> {
    const texts = input('texts', ['A', 'K', width]);
    const videos = input('videos', ['B', 'T', width]);
    const scores = mug(texts, videos, input('mask', ['A', 'K']), config);
    const graph = await compile({ ...scores }, noParameters, options);
    return new MugScorer(graph, width, mode);
  }

  /** c~ . v~ of every text with every video: [A * B]. RangeError for embeddings of another width, or of no rows. */
  async similarities(texts: readonly Embeddings[], videos: readonly Embeddings[]): Promise<Float32Array> {
    const similarity = new Float32Array(texts.length * videos.length);
    await this.#run(texts, videos, ['similarity'], (outputs, ofText, ofVideo) => {
      const found = outputs['similarity'] ?? new Float32Array();
      forEachPair(ofText, ofVideo, (text, video, pair) => {
        similarity[text * videos.length + video] = found[pair] ?? Number.NaN;
      });
    });
    return similarity;
  }

  /** As `similarities`, with why: what each frame and each token had to do with it. */
  async score(texts: readonly Embeddings[], videos: readonly Embeddings[]): Promise<PairScores> {
    const pairs = texts.length * videos.length;
    const similarity = new Float32Array(pairs);
    const frameWeights = new Array<Float32Array>(pairs);
    const wordWeights = new Array<Float32Array>(pairs);
    const wanted = ['similarity', 'frameWeights', 'wordWeights'];
    await this.#run(texts, videos, wanted, (outputs, ofText, ofVideo) => {
      const { similarity: s = new Float32Array(), frameWeights: w, wordWeights: w2 } = outputs;
      forEachPair(ofText, ofVideo, (text, video, pair, tokens) => {
        const index = text * videos.length + video;
        similarity[index] = s[pair] ?? Number.NaN;
        frameWeights[index] = piece(w, pair, ofVideo.longest, ofVideo.longest);
        wordWeights[index] = piece(w2, pair, ofText.longest, tokens);
      });
    });
    if (this.#mode === 'mean') spreadEvenly(texts, videos, frameWeights, wordWeights);
    return { similarity, frameWeights, wordWeights };
  }

  dispose(): Promise<void> {
    return this.#graph.release();
  }

  async #run(
    texts: readonly Embeddings[],
    videos: readonly Embeddings[],
    wanted: readonly string[],
    take: (outputs: Readonly<Record<string, Float32Array>>, ofText: Block, ofVideo: Block) => void,
  ): Promise<void> {
    this.#check([...texts, ...videos]);
    const [wholeText, wholeClip] = [oneText.has(this.#mode), oneFrame.has(this.#mode)];
    const guides = wholeText ? texts.map((text) => alone(textDirection(text))) : texts;
    const seen = wholeClip ? videos.map((video) => alone(videoDirection(video))) : videos;
    const textBlocks = slices([...guides.keys()], textsAtOnce).map((indices) => blockOf(indices, guides));
    const largest = Math.max(
      0,
      ...textBlocks.map(({ places: indices, longest }) => indices.length * longest),
    );
    for (const [frames, indices] of byCount(seen)) {
      const atOnce = Math.max(1, Math.floor(cellsAtOnce / (largest * frames)));
      for (const part of slices(indices, atOnce)) {
        const ofVideo = blockOf(part, seen);
        for (const ofText of textBlocks) {
          take(await this.#graph.run(this.#feeds(ofText, ofVideo), wanted), ofText, ofVideo);
        }
      }
    }
  }

  #feeds(ofText: Block, ofVideo: Block) {
    const [a, k] = [ofText.rows.length, ofText.longest];
    const mask = new Float32Array(a * k);
    for (const [text, { count }] of ofText.rows.entries()) mask.fill(1, text * k, text * k + count);
    return {
      texts: { data: ofText.data, shape: [a, k, this.#width] },
      videos: { data: ofVideo.data, shape: [ofVideo.rows.length, ofVideo.longest, this.#width] },
      mask: { data: mask, shape: [a, k] },
    };
  }

  #check(all: readonly Embeddings[]): void {
    for (const { data, count, width } of all) {
      if (count >= 1 && width === this.#width && data.length === count * width) continue;
      const found = `${data.length} numbers as [${count}, ${width}]`;
      throw new RangeError(`${found}, rows of ${this.#width} expected`);
    }
  }
}

/** Without Mug every frame matters as much, and of the text its end token alone. */
function spreadEvenly(
  texts: readonly Embeddings[],
  videos: readonly Embeddings[],
  frameWeights: Float32Array[],
  wordWeights: Float32Array[],
): void {
  for (const [text, { count: words }] of texts.entries()) {
    for (const [video, { count }] of videos.entries()) {
      const index = text * videos.length + video;
      frameWeights[index] = new Float32Array(count).fill(1 / count);
      wordWeights[index] = new Float32Array(words).fill(1, words - 1);
    }
  }
}

function noParameters(name: string): never {
  throw new RangeError(`Mug has no weights, and so no ${name}`);
}

function alone(direction: Float32Array): Embeddings {
  return { data: direction, count: 1, width: direction.length };
}

/** Filled up by a copy of the first row: a row of zeros has no direction, and would make everything NaN. */
function blockOf(indices: readonly number[], all: readonly Embeddings[]): Block {
  const rows = indices.flatMap((index) => all[index] ?? []);
  const longest = Math.max(...rows.map(({ count }) => count));
  const width = rows[0]?.width ?? 0;
  const data = new Float32Array(rows.length * longest * width);
  for (const [index, row] of rows.entries()) {
    const start = index * longest * width;
    data.set(row.data, start);
    for (let pad = row.count; pad < longest; pad++) data.set(rowOf(row, 0), start + pad * width);
  }
  return { places: indices, rows, longest, data };
}

/** Places of the videos by their number of frames: Mug has no mask for frames. */
function byCount(videos: readonly Embeddings[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [index, { count }] of videos.entries()) {
    const group = groups.get(count);
    if (group === undefined) groups.set(count, [index]);
    else group.push(index);
  }
  return groups;
}

function slices(indices: readonly number[], size: number): number[][] {
  const starts = Array.from({ length: Math.ceil(indices.length / size) }, (_, part) => part * size);
  return starts.map((start) => indices.slice(start, start + size));
}

/** Calls with the places of text and video in the given lists, of the pair in the outputs, and the text's own tokens. */
function forEachPair(
  ofText: Block,
  ofVideo: Block,
  visit: (text: number, video: number, pair: number, tokens: number) => void,
): void {
  let pair = 0;
  for (const [index, text] of ofText.places.entries()) {
    for (const video of ofVideo.places) visit(text, video, pair++, ofText.rows[index]?.count ?? 0);
  }
}

/** The first `kept` of row `row` of [.., size]. */
function piece(data: Float32Array | undefined, row: number, size: number, kept: number): Float32Array {
  return data?.slice(row * size, row * size + kept) ?? new Float32Array();
}
