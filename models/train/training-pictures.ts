import { randomFrom } from '#models/world/random.ts';
import { renderPictures } from '#models/world/drawing/render-scenes.ts';
import { drawPicture } from '#models/world/scenes/draw-scene.ts';
import type { Scene } from '#models/world/scenes/scene.ts';
import type { Drawing } from './picture-store.ts';

/** The pictures that CLIP and the chatbot train on. */
export const pictureCount = 100_000;

/** The scene of one training picture; the same seed and place give the same scene. */
export function trainingScene(seed: number, index: number): Scene {
  return drawPicture(randomFrom(`train/${seed}/picture/${index}`), { redrawn: true });
}

export function pictureDrawing(seed: number): Drawing {
  return {
    count: pictureCount,
    each: 1,
    draw: (first, count, side) =>
      renderPictures(
        Array.from({ length: count }, (_, i) => trainingScene(seed, first + i)),
        side,
      ),
  };
}
