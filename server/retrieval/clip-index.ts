import { matmul } from '../../models/graph/ops/matmul.ts';
import { type CompiledGraph, compile } from '../../models/graph/run.ts';
import { input } from '../../models/graph/tensor.ts';

/** A clip and the cosine between its direction and a query's. */
export interface Candidate {
  readonly videoId: string;
  readonly similarity: number;
}

/** Clips made room for at once, at first; doubled when they are more. */
const firstRoom = 256;

/**
 * The directions of all clips in memory, one array of [clips, width]: a hundred thousand of 512 numbers are 200 MB. Search
 * looks at every one of them, so that none is ever missed; what is near is found among them by Mug.
 */
export class ClipIndex {
  readonly #width: number;
  /** Twenty times as fast as a loop here, and beside the event loop. */
  readonly #product: CompiledGraph;
  #directions: Float32Array;
  readonly #ids: string[] = [];
  readonly #places = new Map<string, number>();

  private constructor(width: number, product: CompiledGraph) {
    this.#width = width;
    this.#product = product;
    this.#directions = new Float32Array(firstRoom * width);
  }

  static async create(width: number): Promise<ClipIndex> {
    const similarities = matmul(input('directions', ['N', width]), input('query', [width, 1]));
    const noParameters = (): never => {
      throw new RangeError('a product of inputs has no parameters');
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
    const place = this.#places.get(videoId) ?? this.#ids.length;
    this.#makeRoom(place + 1);
    this.#directions.set(direction, place * this.#width);
    this.#ids[place] = videoId;
    this.#places.set(videoId, place);
  }

  /** The last clip moves into the place that becomes free. */
  delete(videoId: string): void {
    const place = this.#places.get(videoId);
    if (place === undefined) return;
    this.#places.delete(videoId);
    const last = this.#ids.length - 1;
    const moved = this.#ids.pop();
    if (moved === undefined || place === last) return;
    this.#directions.copyWithin(place * this.#width, last * this.#width, (last + 1) * this.#width);
    this.#ids[place] = moved;
    this.#places.set(moved, place);
  }

  /** The `count` clips nearest to a query's direction [width], the nearest first. */
  async nearest(query: Float32Array, count: number): Promise<Candidate[]> {
    // clips come and go meanwhile: at worst one of those counts by another's direction, once
    const ids = [...this.#ids];
    const similarities = await this.#similarities(query, ids.length);
    const sorted = similarities.toSorted();
    const least = sorted[Math.max(0, sorted.length - count)] ?? Number.POSITIVE_INFINITY;
    const found: Candidate[] = [];
    for (const [place, videoId] of ids.entries()) {
      const similarity = similarities[place] ?? 0;
      if (similarity >= least) found.push({ videoId, similarity });
    }
    return found.sort((a, b) => b.similarity - a.similarity).slice(0, count);
  }

  dispose(): Promise<void> {
    return this.#product.release();
  }

  async #similarities(query: Float32Array, clips: number): Promise<Float32Array> {
    if (clips === 0) return new Float32Array();
    const width = this.#width;
    const { similarities } = await this.#product.run({
      directions: { data: this.#directions.subarray(0, clips * width), shape: [clips, width] },
      query: { data: query, shape: [width, 1] },
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
