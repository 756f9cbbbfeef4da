import { drawObject } from './objects.ts';
import { centreAt, type Point, type Scene, stepOf } from './scene.ts';

/** One moment of a scene: `time` runs from 0 to 1. */
export interface Shot {
  readonly scene: Scene;
  readonly time: number;
}

/**
 * Shots under one another as one SVG document, `size` x `size * shots.length` pixels. Drawing several at once costs far
 * less than one document each: most of the time goes into starting the renderer.
 */
export function svgStrip(shots: readonly Shot[], size: number): string {
  const frames = shots.map(
    (shot, row) =>
      `<svg y="${row * size}" width="${size}" height="${size}" viewBox="0 0 1 1">${drawShot(shot, `s${row}`)}</svg>`,
  );
  const height = size * shots.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${height}">${frames.join('')}</svg>`;
}

function drawShot({ scene, time }: Shot, idPrefix: string): string {
  const centre = centreAt(scene, time);
  const object = drawObject(scene.kind, scene.paint);
  const copies = trailOf(scene, centre).map(({ at, opacity }) => place(object, scene.radius, at, opacity));
  return scene.background.draw(idPrefix) + copies.join('') + place(object, scene.radius, centre, 1);
}

/** The trail's copies, farthest (and faintest) first, so that nearer ones lie over them. */
function trailOf({ trail, motion }: Scene, centre: Point): { at: Point; opacity: number }[] {
  if (trail === undefined) return [];
  const step = stepOf(motion);
  return Array.from({ length: trail.copies }, (_, index) => {
    const behind = (trail.copies - index) * trail.spacing;
    return {
      at: { x: centre.x - step.x * behind, y: centre.y - step.y * behind },
      opacity: trail.opacity * trail.decay ** (trail.copies - index - 1),
    };
  });
}

function place(object: string, radius: number, { x, y }: Point, opacity: number): string {
  const transform = `translate(${x.toFixed(5)} ${y.toFixed(5)}) scale(${radius.toFixed(5)})`;
  const fade = opacity < 1 ? ` opacity="${opacity.toFixed(3)}"` : '';
  return `<g transform="${transform}"${fade}>${object}</g>`;
}
