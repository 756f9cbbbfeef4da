import { at } from '#core/at.ts';
import type { CompiledGraph } from '#models/graph/run.ts';
import { compileVideoToken } from '#models/nets/mug.ts';
import type { Embeddings } from './embeddings.ts';

/** A clip, and how well its mean frame matches a text. */
export interface Candidate {
  readonly videoId: string;
  readonly similarity: number;
}

/** Clips that memory is reserved for at first; doubled when there are more. */
const initialCapacity = 256;

/**
 * The directions of all clips in memory, one array of [clips, width]: a hundred thousand of 512 numbers are 200 MB. A
 * search compares the query with every one of them by Mug's video-token mode: the clip as its mean frame. The text's end
 * token alone, as CLIP would have it, misses more of what Mug finds on all frames (docs/performance.md).
 */
export class ClipIndex {
  readonly #width: number;
  /** Directions and tokens to similarities: ten times as fast as a loop here, and beside the event loop. */
  readonly #graph: CompiledGraph<'similarities'>;
  #directions: Float32Array;
  readonly #ids: string[] = [];
  readonly #indices = new Map<string, number>();

  private constructor(width: number, graph: CompiledGraph<'similarities'>) {
    this.#width = width;
    this.#graph = graph;
    this.#directions = new Float32Array(initialCapacity * width);
  }

  /** `width`: P of the joint space; `tau`: as in Mug. */
  static async create(width: number, tau: number): Promise<ClipIndex> {
    return new ClipIndex(width, await compileVideoToken(width, tau));
  }

  get size(): number {
    return this.#ids.length;
  }

  has(videoId: string): boolean {
    return this.#indices.has(videoId);
  }

  /** Adds a clip, or replaces its `direction` [width], which has unit length. */
  set(videoId: string, direction: Float32Array): void {
    if (direction.length !== this.#width) {
      throw new RangeError(`a direction of ${direction.length} numbers, ${this.#width} expected`);
    }
    const index = this.#indices.get(videoId) ?? this.#ids.length;
    this.#reserve(index + 1);
    this.#directions.set(direction, index * this.#width);
    this.#ids[index] = videoId;
    this.#indices.set(videoId, index);
  }

  /** The last clip moves to the index that becomes free. */
  delete(videoId: string): void {
    const index = this.#indices.get(videoId);
    if (index === undefined) return;
    this.#indices.delete(videoId);
    const last = this.#ids.length - 1;
    const moved = this.#ids.pop();
    if (moved === undefined || index === last) return;
    this.#directions.copyWithin(index * this.#width, last * this.#width, (last + 1) * this.#width);
    this.#ids[index] = moved;
    this.#indices.set(moved, index);
  }

  /** The `count` clips nearest to a text's tokens [K, width], the nearest first. */
  async nearest(text: Embeddings, count: number): Promise<Candidate[]> {
    // clips are added and deleted meanwhile: at worst one of those is ranked by another's direction, once
    const ids = [...this.#ids];
    if (ids.length === 0 || count === 0) return [];
    const similarities = await this.#similarities(text, ids.length);
    const threshold = at(similarities.toSorted(), Math.max(0, ids.length - count));
    const found: Candidate[] = [];
    for (const [index, videoId] of ids.entries()) {
      const similarity = at(similarities, index);
      if (similarity >= threshold) found.push({ videoId, similarity });
    }
    return found.sort((a, b) => b.similarity - a.similarity).slice(0, count);
  }

  dispose(): Promise<void> {
    return this.#graph.release();
  }

  async #similarities({ data, count }: Embeddings, clips: number): Promise<Float32Array> {
    const width = this.#width;
    const { similarities } = await this.#graph.run({
      directions: { data: this.#directions.subarray(0, clips * width), shape: [clips, width] },
      tokens: { data, shape: [count, width] },
    });
    return similarities;
  }

  #reserve(clips: number): void {
    if (clips * this.#width <= this.#directions.length) return;
    const larger = new Float32Array(2 * this.#directions.length);
    larger.set(this.#directions);
    this.#directions = larger;
  }
}
