import type { Sprite } from './sprites.ts';

/** A sprite's place in a frame with sides of 1. */
export interface Layer {
  readonly sprite: Sprite;
  readonly x: number;
  readonly y: number;
  /** Half the side of the sprite's square. */
  readonly size: number;
  /** Degrees, clockwise. */
  readonly turn: number;
  readonly mirrored: boolean;
  readonly opacity: number;
}

/** Lays a sprite over an RGB picture of `side` x `side` pixels, in place; bilinear, from the level of the right size. */
export function lay(picture: Uint8Array, side: number, layer: Layer): void {
  const { sprite, size, opacity } = layer;
  if (opacity <= 0.004 || size <= 0) return;
  const level = sprite.levels.findLast((one) => one.side >= size * 2 * side) ?? sprite.levels[0];
  if (level === undefined) return;
  const radians = (layer.turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const reach = size * (Math.abs(cos) + Math.abs(sin));
  const first = (centre: number): number => Math.max(0, Math.floor((centre - reach) * side));
  const end = (centre: number): number => Math.min(side, Math.ceil((centre + reach) * side) + 1);
  const [left, right, top, bottom] = [first(layer.x), end(layer.x), first(layer.y), end(layer.y)];
  const perUnit = level.side / (2 * size);
  const flip = layer.mirrored ? -1 : 1;
  for (let py = top; py < bottom; py++) {
    const dy = (py + 0.5) / side - layer.y;
    for (let px = left; px < right; px++) {
      const dx = (px + 0.5) / side - layer.x;
      const u = (flip * (cos * dx + sin * dy) + size) * perUnit - 0.5;
      const v = (cos * dy - sin * dx + size) * perUnit - 0.5;
      if (u > -1 && v > -1 && u < level.side && v < level.side)
        blend(picture, (py * side + px) * 3, level.rgba, level.side, u, v, opacity);
    }
  }
}

/** A sprite's rows with a border of nothing, so that a pixel's four neighbours are always there. */
function blend(
  picture: Uint8Array,
  at: number,
  rgba: Uint8Array,
  stride: number,
  u: number,
  v: number,
  opacity: number,
): void {
  const x = Math.floor(u);
  const y = Math.floor(v);
  const fx = u - x;
  const fy = v - y;
  const row = (stride + 2) * 4;
  const from = (y + 1) * row + (x + 1) * 4;
  const w00 = (1 - fx) * (1 - fy);
  const w10 = fx * (1 - fy);
  const w01 = (1 - fx) * fy;
  const w11 = fx * fy;
  let cover = w00 * (rgba[from + 3] ?? 0) + w10 * (rgba[from + 7] ?? 0);
  cover += w01 * (rgba[from + row + 3] ?? 0) + w11 * (rgba[from + row + 7] ?? 0);
  if (cover === 0) return;
  const kept = 1 - (cover * opacity) / 255;
  for (let c = 0; c < 3; c++) {
    let paint = w00 * (rgba[from + c] ?? 0) + w10 * (rgba[from + 4 + c] ?? 0);
    paint += w01 * (rgba[from + row + c] ?? 0) + w11 * (rgba[from + row + 4 + c] ?? 0);
    picture[at + c] = paint * opacity + (picture[at + c] ?? 0) * kept;
  }
}
