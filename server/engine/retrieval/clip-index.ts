import { mul, scale } from '#models/graph/ops/elementwise.ts';
import { matmul } from '#models/graph/ops/matmul.ts';
import { unitLength } from '#models/graph/ops/norm.ts';
import { softmax } from '#models/graph/ops/reduce.ts';
import { sum } from '#models/graph/ops/sum.ts';
import { type CompiledGraph, compile } from '#models/graph/run.ts';
import { input } from '#models/graph/tensor.ts';
import type { Embeddings } from './embeddings.ts';

/** A clip, and how well its mean frame matches a text. */
export interface Candidate {
  readonly videoId: string;
  readonly similarity: number;
}

/** Clips made room for at once, at first; doubled when they are more. */
const firstRoom = 256;

/**
 * The directions of all clips in memory, one array of [clips, width]: a hundred thousand of 512 numbers are 200 MB. Search
 * looks at every one of them by Mug's video-token mode: the clip as its mean frame, whose guided text is compared with it.
 * The text's end token alone, as CLIP would have it, misses more of what Mug finds on all frames (docs/retrieval.md).
 */
export class ClipIndex {
  readonly #width: number;
  /** Directions and tokens to similarities: ten times as fast as a loop here, and beside the event loop. */
  readonly #graph: CompiledGraph;
  #directions: Float32Array;
  readonly #ids: string[] = [];
  readonly #places = new Map<string, number>();

  private constructor(width: number, graph: CompiledGraph) {
    this.#width = width;
    this.#graph = graph;
    this.#directions = new Float32Array(firstRoom * width);
  }

  /** `width`: P of the joint space; `tau`: as in Mug. */
  static async create(width: number, tau: number): Promise<ClipIndex> {
    const tokens = unitLength(input('tokens', ['K', width]));
    const r = matmul(input('directions', ['N', width]), tokens, { transposeB: true }); // [N, K]
    // with one frame Mug has no frames to weigh: c~ . v = sum_j w'_j r_j, w' = softmax_j(tau r_j)
    const similarities = sum(mul(r, softmax(scale(r, tau), 1)), [1]); // [N, 1]
    const noParameters = (): never => {
      throw new RangeError('the index has no weights');
    };
    return new ClipIndex(width, await compile({ similarities }, noParameters));
  }

  get size(): number {
    return this.#ids.length;
  }

  has(videoId: string): boolean {
    return this.#places.has(videoId);
  }

  /** `direction` [width], of unit length; takes the place of what was there. */
  set(videoId: string, direction: Float32Array): void {
    if (direction.length !== this.#width) {
      throw new RangeError(`a direction of ${direction.length} numbers, ${this.#width} expected`);
    }
    const index = this.#places.get(videoId) ?? this.#ids.length;
    this.#makeRoom(index + 1);
    this.#directions.set(direction, index * this.#width);
    this.#ids[index] = videoId;
    this.#places.set(videoId, index);
  }

  /** The last clip moves into the place that becomes free. */
  delete(videoId: string): void {
    const index = this.#places.get(videoId);
    if (index === undefined) return;
    this.#places.delete(videoId);
    const last = this.#ids.length - 1;
    const moved = this.#ids.pop();
    if (moved === undefined || index === last) return;
    this.#directions.copyWithin(index * this.#width, last * this.#width, (last + 1) * this.#width);
    this.#ids[index] = moved;
    this.#places.set(moved, index);
  }

  /** The `count` clips nearest to a text's tokens [K, width], the nearest first. */
  async nearest(text: Embeddings, count: number): Promise<Candidate[]> {
    // clips come and go meanwhile: at worst one of those counts by another's direction, once
    const ids = [...this.#ids];
    const similarities = await this.#similarities(text, ids.length);
    const sorted = similarities.toSorted();
    const least = sorted[Math.max(0, sorted.length - count)] ?? Number.POSITIVE_INFINITY;
    const found: Candidate[] = [];
    for (const [index, videoId] of ids.entries()) {
      const similarity = similarities[index] ?? 0;
      if (similarity >= least) found.push({ videoId, similarity });
    }
    return found.sort((a, b) => b.similarity - a.similarity).slice(0, count);
  }

  dispose(): Promise<void> {
    return this.#graph.release();
  }

  async #similarities({ data, count }: Embeddings, clips: number): Promise<Float32Array> {
    if (clips === 0) return new Float32Array();
    const width = this.#width;
    const { similarities } = await this.#graph.run({
      directions: { data: this.#directions.subarray(0, clips * width), shape: [clips, width] },
      tokens: { data, shape: [count, width] },
    });
    return similarities ?? new Float32Array();
  }

  #makeRoom(clips: number): void {
    if (clips * this.#width <= this.#directions.length) return;
    const larger = new Float32Array(2 * this.#directions.length);
    larger.set(this.#directions);
    this.#directions = larger;
  }
}
