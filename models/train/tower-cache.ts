import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { open, rename } from 'node:fs/promises';
import { floatToHalf, halfToFloat } from '#models/formats/half.ts';
import { compile } from '#models/graph/run.ts';
import { concat, reshape } from '#models/graph/ops/movement.ts';
import { at } from '#core/at.ts';
import { findStats } from '#core/find-stats.ts';
import { patchCount, visionTower } from '#models/nets/clip.ts';
import { scope, WeightSet } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import type { ProgressReport } from '#models/progress.ts';
import { normalised } from './losses.ts';
import type { PictureStore } from './picture-store.ts';
import { valuesIn, type WeightMap } from './training-state.ts';

const picturesAtOnce = 32;

/** What the frozen tower makes of pictures, computed once: the states after some of its layers, as F16 on the disk. */
export class TowerCache {
  readonly #file: Awaited<ReturnType<typeof open>>;
  readonly #values: number;
  readonly #states: number;
  readonly #size: number;

  constructor(file: Awaited<ReturnType<typeof open>>, states: number, size: number) {
    this.#file = file;
    this.#states = states;
    this.#size = size;
    this.#values = states * size;
  }

  /** The states of the chosen pictures, one array [N, L+1, D] for each state kept. */
  async gather(indices: readonly number[]): Promise<Float32Array[]> {
    const kept = Array.from({ length: this.#states }, () => new Float32Array(indices.length * this.#size));
    const halves = new Uint16Array(this.#values);
    for (const [row, index] of indices.entries()) {
      const { bytesRead } = await this.#file.read(halves, 0, halves.byteLength, index * halves.byteLength);
      if (bytesRead !== halves.byteLength) throw new RangeError(`no picture ${index} in the cache`);
      const floats = halfToFloat(halves);
      for (const [state, into] of kept.entries())
        into.set(floats.subarray(state * this.#size, (state + 1) * this.#size), row * this.#size);
    }
    return kept;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Places among the tower's states h_0 .. h_n of those that the branch reads, the last one included. */
export function branchStates({ tower, stan }: Architecture): number[] {
  return Array.from({ length: stan.depth }, (_, k) => tower.layers - (stan.depth - 1 - k) * stan.interval);
}

/** What a cache holds, and where. */
export interface CachePlan {
  readonly file: string;
  /** Pictures, the first of the store. */
  readonly count: number;
  /** Places among h_0 .. h_n. */
  readonly states: readonly number[];
}

/** The cache, filled first where it is not there yet. */
export async function cachedStates(
  plan: CachePlan,
  pictures: PictureStore,
  arch: Architecture,
  weights: WeightMap,
  report: ProgressReport,
): Promise<TowerCache> {
  const { file, count, states } = plan;
  const size = (patchCount(arch.tower) + 1) * arch.tower.width;
  const found = await findStats(file);
  if (found?.size !== count * states.length * size * 2) await fill(plan, pictures, arch, weights, report);
  return new TowerCache(await open(file), states.length, size);
}

async function fill(
  { file, count, states }: CachePlan,
  pictures: PictureStore,
  arch: Architecture,
  weights: WeightMap,
  report: ProgressReport,
): Promise<void> {
  const set = new WeightSet();
  const tower = visionTower(
    scope(set.get, 'vision_model'),
    normalised('pixels', picturesAtOnce, arch),
    arch.tower,
  );
  const size = (patchCount(arch.tower) + 1) * arch.tower.width;
  // each picture's states behind one another
  const rows = states.map((state) => reshape(at(tower, state), [picturesAtOnce, size]));
  const graph = await compile({ states: concat(rows, 1) }, valuesIn(weights));
  const partial = `${file}.part`;
  const out = createWriteStream(partial);
  const { imageSize } = arch.tower;
  for (let first = 0; first < count; first += picturesAtOnce) {
    const indices = Array.from({ length: picturesAtOnce }, (_, row) => Math.min(first + row, count - 1));
    const pixels = { data: pictures.gather(indices), shape: [picturesAtOnce, imageSize, imageSize, 3] };
    const { states: values } = await graph.run({ pixels });
    const own = values.subarray(0, Math.min(picturesAtOnce, count - first) * states.length * size);
    if (!out.write(new Uint8Array(floatToHalf(own).buffer))) await once(out, 'drain');
    report(Math.min(first + picturesAtOnce, count), count);
  }
  out.end();
  await once(out, 'close');
  await graph.release();
  await rename(partial, file);
}
