import type { Random } from '../random.ts';
import { readHex } from './dye.ts';

/**
 * SVG elements in a square of `side`, as another hand might draw them: other proportions, a little turned, other
 * shades of the same hues, often with dark outlines. Which, `random` decides.
 */
export function redraw(body: string, side: number, random: Random): string {
  const shifted = random.chance(0.75) ? shaded(body, random) : body;
  const outlined = random.chance(0.6) ? withOutlines(shifted, side, random) : shifted;
  return `<g transform="${warp(side, random)}">${outlined}</g>`;
}

function shaded(body: string, random: Random): string {
  const [hue, saturation] = [random.uniform(-10, 10), random.uniform(0.65, 1.25)];
  const [contrast, lift] = [random.uniform(0.6, 1.1), random.uniform(-6, 14)];
  return body.replace(/#[0-9a-f]{6}\b|#[0-9a-f]{3}\b/gi, (hex) => {
    const own = readHex(hex);
    const lightness = 50 + (own.lightness - 50) * contrast + lift;
    return hsl(
      own.hue + hue,
      Math.min(100, own.saturation * saturation),
      Math.min(98, Math.max(4, lightness)),
    );
  });
}

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${((hue + 360) % 360).toFixed(0)},${saturation.toFixed(0)}%,${lightness.toFixed(0)}%)`;
}

/** Shapes without a line of their own inherit one. */
function withOutlines(body: string, side: number, random: Random): string {
  const width = (side * random.uniform(0.012, 0.04)).toFixed(2);
  const colour = random.pick(['#000', '#000', '#2b2b33', '#3a2a20']);
  return `<g stroke="${colour}" stroke-width="${width}" stroke-linejoin="round" stroke-linecap="round">${body}</g>`;
}

function warp(side: number, random: Random): string {
  const middle = side / 2;
  const [x, y] = [random.uniform(0.78, 1), random.uniform(0.78, 1)];
  const [turn, skew] = [random.uniform(-12, 12), random.uniform(-9, 9)];
  const fixed = (value: number): string => value.toFixed(3);
  return (
    `translate(${middle} ${middle}) rotate(${fixed(turn)}) skewX(${fixed(skew)}) ` +
    `scale(${fixed(x)} ${fixed(y)}) translate(${-middle} ${-middle})`
  );
}
