import { at } from '#core/at.ts';
import type { CompiledGraph, RunOptions } from '#models/graph/run.ts';
import { compileMug, type MugConfig, type MugScores } from '#models/nets/mug.ts';
import { type Embeddings, rowOf } from './embeddings.ts';

/** Of every text a with every video b; the lists have a pair's at a * B + b. */
export interface PairScores {
  /** c~ . v~: [A * B], between -1 and 1. */
  readonly similarity: Float32Array;
  /** w: how much each frame of the video matters to the text, [T]; sums to 1. */
  readonly frameWeights: readonly Float32Array[];
  /** w': how much each token of the text matters to the video, [K]; sums to 1. */
  readonly wordWeights: readonly Float32Array[];
}

/** Similarities c . v in memory at once; 4 MB for each of the graph's ten or so intermediate values. */
const cellsAtOnce = 2 ** 20;
const textsAtOnce = 64;

/** Some of the texts, or of the videos, as one input of the graph. */
interface Batch {
  /** Indices in the list that was given. */
  readonly indices: readonly number[];
  readonly rows: readonly Embeddings[];
  /** Rows of each item, padding included. */
  readonly maxCount: number;
  readonly data: Float32Array;
}

type Output = keyof MugScores;
type Outputs<Wanted extends Output> = Readonly<Record<Wanted, Float32Array>>;

/** A text and a video of two batches. */
interface Pair {
  /** Index of the pair in the lists of `PairScores`. */
  readonly index: number;
  /** Index of the pair in the outputs of the graph. */
  readonly row: number;
  /** Tokens of the text, without padding. */
  readonly tokens: number;
}

/** Mug (docs/method.md section 4) for any number of texts and videos of any length, on onnxruntime. */
export class MugScorer {
  readonly #graph: CompiledGraph<Output>;
  readonly #width: number;

  private constructor(graph: CompiledGraph<Output>, width: number) {
    this.#graph = graph;
    this.#width = width;
  }

  /** `width`: P of the joint space. `config`: the paper's Mug where left out. */
  static async create(width: number, config?: MugConfig, options?: RunOptions): Promise<MugScorer> {
    return new MugScorer(await compileMug(width, config, options), width);
  }

  /** c~ . v~ of every text with every video: [A * B]. RangeError for embeddings of another width, or of no rows. */
  async similarities(texts: readonly Embeddings[], videos: readonly Embeddings[]): Promise<Float32Array> {
    const similarity = new Float32Array(texts.length * videos.length);
    await this.#run(texts, videos, ['similarity'], (outputs, ofText, ofVideo) => {
      for (const { index, row } of pairs(ofText, ofVideo, videos.length)) {
        similarity[index] = at(outputs.similarity, row);
      }
    });
    return similarity;
  }

  /** As `similarities`, with the weights of each frame and each token. */
  async score(texts: readonly Embeddings[], videos: readonly Embeddings[]): Promise<PairScores> {
    const count = texts.length * videos.length;
    const similarity = new Float32Array(count);
    const frameWeights = new Array<Float32Array>(count);
    const wordWeights = new Array<Float32Array>(count);
    const wanted = ['similarity', 'frameWeights', 'wordWeights'] as const;
    await this.#run(texts, videos, wanted, (outputs, ofText, ofVideo) => {
      for (const { index, row, tokens } of pairs(ofText, ofVideo, videos.length)) {
        const [frame, word] = [row * ofVideo.maxCount, row * ofText.maxCount];
        similarity[index] = at(outputs.similarity, row);
        frameWeights[index] = outputs.frameWeights.slice(frame, frame + ofVideo.maxCount);
        wordWeights[index] = outputs.wordWeights.slice(word, word + tokens);
      }
    });
    return { similarity, frameWeights, wordWeights };
  }

  dispose(): Promise<void> {
    return this.#graph.release();
  }

  async #run<Wanted extends Output>(
    texts: readonly Embeddings[],
    videos: readonly Embeddings[],
    wanted: readonly Wanted[],
    take: (outputs: Outputs<Wanted>, ofText: Batch, ofVideo: Batch) => void,
  ): Promise<void> {
    this.#check([...texts, ...videos]);
    if (texts.length === 0) return;
    const textBatches = slices([...texts.keys()], textsAtOnce).map((indices) => batchOf(indices, texts));
    const maxTokens = Math.max(...textBatches.map(({ indices, maxCount }) => indices.length * maxCount));
    for (const [frames, indices] of byCount(videos)) {
      const atOnce = Math.max(1, Math.floor(cellsAtOnce / (maxTokens * frames)));
      for (const part of slices(indices, atOnce)) {
        const ofVideo = batchOf(part, videos);
        for (const ofText of textBatches) {
          take(await this.#graph.run(this.#feeds(ofText, ofVideo), wanted), ofText, ofVideo);
        }
      }
    }
  }

  #feeds(ofText: Batch, ofVideo: Batch) {
    const [a, k] = [ofText.rows.length, ofText.maxCount];
    const mask = new Float32Array(a * k);
    for (const [text, { count }] of ofText.rows.entries()) mask.fill(1, text * k, text * k + count);
    return {
      texts: { data: ofText.data, shape: [a, k, this.#width] },
      videos: { data: ofVideo.data, shape: [ofVideo.rows.length, ofVideo.maxCount, this.#width] },
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

/** Padded with copies of the first row: a row of zeros has no direction, and would make everything NaN. */
function batchOf(indices: readonly number[], all: readonly Embeddings[]): Batch {
  const rows = indices.map((index) => at(all, index));
  const maxCount = Math.max(...rows.map(({ count }) => count));
  const { width } = at(rows, 0);
  const data = new Float32Array(rows.length * maxCount * width);
  for (const [index, row] of rows.entries()) {
    const start = index * maxCount * width;
    data.set(row.data, start);
    for (let pad = row.count; pad < maxCount; pad++) data.set(rowOf(row, 0), start + pad * width);
  }
  return { indices, rows, maxCount, data };
}

/** Indices of the videos by their number of frames: Mug has no mask for frames. */
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

/** The pairs of two batches in the order of the graph's outputs; `videos`: how many there are in all. */
function* pairs(ofText: Batch, ofVideo: Batch, videos: number): Generator<Pair> {
  let row = 0;
  for (const [index, text] of ofText.indices.entries()) {
    const tokens = at(ofText.rows, index).count;
    for (const video of ofVideo.indices) yield { index: text * videos + video, row: row++, tokens };
  }
}
