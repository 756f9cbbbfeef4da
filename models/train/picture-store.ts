import { createWriteStream } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { once } from 'node:events';
import { findStats } from '#core/find-stats.ts';
import { resizeFrame } from '#models/package/preprocess.ts';
import { renderShots } from '#models/world/render.ts';
import type { Shot } from '#models/world/svg.ts';
import type { ProgressReport } from '#models/progress.ts';

/** World pictures are drawn at twice the side the net sees, so that the package's own resizing makes the pixels. */
const oversampling = 2;
const shotsAtOnce = 32;

/** Drawn pictures as the net sees them: RGB bytes, `side * side * 3` each. */
export class PictureStore {
  private readonly bytes: Uint8Array;
  private readonly each: number;

  constructor(bytes: Uint8Array, side: number) {
    this.bytes = bytes;
    this.each = side * side * 3;
  }

  get length(): number {
    return this.bytes.length / this.each;
  }

  /** Copies the chosen pictures side by side: [N, H, W, 3]. */
  gather(indices: readonly number[]): Uint8Array {
    const gathered = new Uint8Array(indices.length * this.each);
    indices.forEach((index, row) => {
      gathered.set(this.bytes.subarray(index * this.each, (index + 1) * this.each), row * this.each);
    });
    return gathered;
  }
}

/** Draws the shots, or reads them back where a finished drawing of them lies in `file`. */
export async function drawnPictures(
  file: string,
  shots: readonly Shot[],
  vision: Parameters<typeof resizeFrame>[1],
  report: ProgressReport,
): Promise<PictureStore> {
  const side = vision.imageSize;
  const size = shots.length * side * side * 3;
  const finished = await findStats(file);
  if (finished?.size !== size) await draw(file, shots, vision, report);
  return new PictureStore(await readFile(file), side);
}

async function draw(
  file: string,
  shots: readonly Shot[],
  vision: Parameters<typeof resizeFrame>[1],
  report: ProgressReport,
): Promise<void> {
  const drawn = vision.imageSize * oversampling;
  const partial = `${file}.part`;
  const out = createWriteStream(partial);
  for (let first = 0; first < shots.length; first += shotsAtOnce) {
    const pictures = await renderShots(shots.slice(first, first + shotsAtOnce), drawn);
    const resized = await Promise.all(
      pictures.map((rgb) => resizeFrame({ width: drawn, height: drawn, rgb }, vision)),
    );
    for (const picture of resized) if (!out.write(picture)) await once(out, 'drain');
    report(Math.min(first + shotsAtOnce, shots.length), shots.length);
  }
  out.end();
  await once(out, 'close');
  await rename(partial, file);
}
