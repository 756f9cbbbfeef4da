import sharp from 'sharp';
import type { Clip, Scene } from '../scenes/scene.ts';
import { lay } from './compose.ts';
import { layersAt } from './layers.ts';

/** Backgrounds drawn by one call: most of its time goes into starting the renderer. */
const backgroundsAtOnce = 16;

/** Pictures of scenes, RGB rows from the top: `side * side * 3` bytes each. */
export async function renderPictures(scenes: readonly Scene[], side: number): Promise<Uint8Array[]> {
  const grounds = await drawBackgrounds(scenes, side);
  return Promise.all(scenes.map((scene, place) => frameAt(scene, grounds[place], side, 1)));
}

/** A clip's frames at times from 0 to 1; see `renderPictures`. */
export async function renderClip(clip: Clip, times: readonly number[], side: number): Promise<Uint8Array[]> {
  const [frames = []] = await renderClips([clip], times, side);
  return frames;
}

/** The frames of each clip; see `renderPictures`. */
export async function renderClips(
  clips: readonly Clip[],
  times: readonly number[],
  side: number,
): Promise<Uint8Array[][]> {
  const scenes = clips.flatMap(({ scene, elsewhere = scene }) => [scene, elsewhere]);
  const grounds = await drawBackgrounds(scenes, side);
  return Promise.all(
    clips.map(({ scene, elsewhere = scene, extent }, place) =>
      Promise.all(
        times.map((time) => {
          const inside = time >= extent.from && time < extent.to;
          const ground = grounds[2 * place + (inside ? 0 : 1)];
          if (!inside) return frameAt(elsewhere, ground, side, time);
          return frameAt(scene, ground, side, (time - extent.from) / (extent.to - extent.from));
        }),
      ),
    ),
  );
}

async function frameAt(
  scene: Scene,
  ground: Uint8Array | undefined,
  side: number,
  t: number,
): Promise<Uint8Array> {
  const layers = await layersAt(scene, t);
  const picture = Uint8Array.from(ground ?? []);
  for (const layer of layers) lay(picture, side, layer);
  return picture;
}

async function drawBackgrounds(scenes: readonly Scene[], side: number): Promise<Uint8Array[]> {
  const grounds: Uint8Array[] = [];
  for (let first = 0; first < scenes.length; first += backgroundsAtOnce) {
    const strip = scenes.slice(first, first + backgroundsAtOnce);
    const drawn = strip.map(
      ({ background }, row) =>
        `<svg y="${row * side}" width="${side}" height="${side}" viewBox="0 0 1 1">${background(`b${row}`)}</svg>`,
    );
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side * strip.length}">${drawn.join('')}</svg>`;
    const pixels = await sharp(Buffer.from(svg)).flatten().raw().toBuffer();
    const bytes = side * side * 3;
    for (let row = 0; row < strip.length; row++)
      grounds.push(pixels.subarray(row * bytes, (row + 1) * bytes));
  }
  return grounds;
}
