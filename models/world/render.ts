import sharp from 'sharp';
import type { Scene } from './scene.ts';
import { type Shot, svgStrip } from './svg.ts';

/** Shots drawn by one call of the renderer: more gain nothing, and a strip must stay below its 32,767 pixels. */
const shotsPerStrip = 16;

/** The shots as RGB pixels, rows top to bottom: `size * size * 3` bytes each, in the order given. */
export async function renderShots(shots: readonly Shot[], size: number): Promise<Uint8Array[]> {
  const images: Uint8Array[] = [];
  for (let first = 0; first < shots.length; first += shotsPerStrip) {
    const strip = shots.slice(first, first + shotsPerStrip);
    const svg = Buffer.from(svgStrip(strip, size));
    const pixels = await sharp(svg).flatten().raw().toBuffer();
    const bytes = size * size * 3;
    for (let row = 0; row < strip.length; row++) images.push(pixels.subarray(row * bytes, (row + 1) * bytes));
  }
  return images;
}

/** Still pictures of scenes; see `renderShots`. */
export function renderPictures(scenes: readonly Scene[], size: number): Promise<Uint8Array[]> {
  return renderShots(
    scenes.map((scene) => ({ scene, time: 1 })),
    size,
  );
}

/** One scene at several times in [0, 1]; see `renderShots`. */
export function renderFrames(scene: Scene, times: readonly number[], size: number): Promise<Uint8Array[]> {
  return renderShots(
    times.map((time) => ({ scene, time })),
    size,
  );
}
