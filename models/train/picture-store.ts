import { createWriteStream } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { once } from 'node:events';
import { findStats } from '#core/find-stats.ts';
import type { ProgressReport } from '#models/progress.ts';

const groupsAtOnce = 16;

/** Drawn pictures as the net sees them: RGB bytes, `side * side * 3` each. */
export class PictureStore {
  readonly side: number;
  readonly #bytes: Uint8Array;
  readonly #each: number;

  constructor(bytes: Uint8Array, side: number) {
    this.side = side;
    this.#bytes = bytes;
    this.#each = side * side * 3;
  }

  get length(): number {
    return this.#bytes.length / this.#each;
  }

  /** One picture, a view: [H, W, 3]. */
  at(index: number): Uint8Array {
    if (index < 0 || index >= this.length) throw new RangeError(`no picture ${index} of ${this.length}`);
    return this.#bytes.subarray(index * this.#each, (index + 1) * this.#each);
  }

  /** Copies the chosen pictures side by side: [N, H, W, 3]. */
  gather(indices: readonly number[]): Uint8Array {
    const gathered = new Uint8Array(indices.length * this.#each);
    indices.forEach((index, row) => {
      gathered.set(this.at(index), row * this.#each);
    });
    return gathered;
  }
}

/** What is to be drawn: `count` groups of `each` pictures, a picture or a clip's frames. */
export interface Drawing {
  readonly count: number;
  readonly each: number;
  /** The pictures of groups `first` to `first + count`, RGB of `side` x `side` pixels. */
  readonly draw: (first: number, count: number, side: number) => Promise<readonly Uint8Array[]>;
}

/** Draws the pictures, or reads them back where a finished drawing of them lies in `file`. */
export async function drawnPictures(
  file: string,
  drawing: Drawing,
  side: number,
  report: ProgressReport,
): Promise<PictureStore> {
  const size = drawing.count * drawing.each * side * side * 3;
  const finished = await findStats(file);
  if (finished?.size !== size) await drawAll(file, drawing, side, report);
  return new PictureStore(await readFile(file), side);
}

async function drawAll(file: string, drawing: Drawing, side: number, report: ProgressReport): Promise<void> {
  const { count, draw } = drawing;
  const partial = `${file}.part`;
  const out = createWriteStream(partial);
  for (let first = 0; first < count; first += groupsAtOnce) {
    const pictures = await draw(first, Math.min(groupsAtOnce, count - first), side * 2);
    for (const picture of pictures) if (!out.write(halved(picture, side * 2))) await once(out, 'drain');
    report(Math.min(first + groupsAtOnce, count), count);
  }
  out.end();
  await once(out, 'close');
  await rename(partial, file);
}

/** Half the side, each pixel the mean of four: close to what the package's resizing makes of a clip's larger frames. */
function halved(rgb: Uint8Array, side: number): Uint8Array {
  const half = side / 2;
  const row = side * 3;
  const smaller = new Uint8Array(half * half * 3);
  for (let y = 0, to = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      for (let c = 0; c < 3; c++, to++) {
        const i = 2 * y * row + 6 * x + c;
        const sum = (rgb[i] ?? 0) + (rgb[i + 3] ?? 0) + (rgb[i + row] ?? 0) + (rgb[i + row + 3] ?? 0);
        smaller[to] = (sum + 2) >> 2;
      }
    }
  }
  return smaller;
}
