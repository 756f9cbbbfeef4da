import sharp from 'sharp';
import type { EventKind } from '../scenes/events.ts';
import type { Shown, Style } from '../scenes/scene.ts';
import type { ColourName } from '../things/colours.ts';
import { drawingOf } from './drawings.ts';
import { dye } from './dye.ts';
import { redraw } from './redraw.ts';
import { randomFrom } from '../random.ts';
import { marks } from './marks.ts';

/**
 * A picture with transparency in halving sizes: RGBA with the colours multiplied by their opacity, (side + 2) x (side + 2)
 * pixels, of which the outermost are empty.
 */
export interface Sprite {
  readonly levels: readonly { readonly side: number; readonly rgba: Uint8Array }[];
}

const maxSide = 128;
const smallestSide = 16;
const known = new Map<string, Promise<Sprite>>();

/** What a thing looks like. Drawn at its first use, then kept. */
export function spriteOf({ thing, drawing, redrawing, style, colour }: Shown): Promise<Sprite> {
  if (!thing.known) return thingSprite(style, thing.id, undefined, redrawing);
  const name = thing.drawings[drawing];
  if (name === undefined) throw new RangeError(`${thing.id} has no drawing ${drawing}`);
  return thingSprite(style, name, thing.dyed ? colour : undefined, redrawing);
}

function thingSprite(
  style: Style,
  name: string,
  colour: ColourName | undefined,
  redrawing: number,
): Promise<Sprite> {
  const key = `${style}/${name}/${colour ?? ''}/${redrawing}`;
  return remember(key, () => {
    const { side, body } = drawingOf(style, name);
    const painted = colour === undefined ? body : dye(body, colour);
    return drawSprite(
      `viewBox="0 0 ${side} ${side}"`,
      redrawing === 0 ? painted : redraw(painted, side, randomFrom(key)),
    );
  });
}

/** The mark that tells an event in a picture; undefined where ghosts tell it. */
export function markSprite(kind: EventKind): Promise<Sprite> | undefined {
  const body = marks[kind];
  if (body === undefined) return undefined;
  return remember(`mark/${kind}`, () => drawSprite('viewBox="-1.5 -1.5 3 3"', body));
}

function remember(key: string, make: () => Promise<Sprite>): Promise<Sprite> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

async function drawSprite(viewBox: string, body: string): Promise<Sprite> {
  const size = `width="${maxSide}" height="${maxSide}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${size} ${viewBox}>${body}</svg>`;
  const straight = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer();
  const rgba = new Uint8Array(straight.length);
  for (let at = 0; at < rgba.length; at += 4) {
    const opacity = straight[at + 3] ?? 0;
    for (let c = 0; c < 3; c++) rgba[at + c] = Math.round(((straight[at + c] ?? 0) * opacity) / 255);
    rgba[at + 3] = opacity;
  }
  const levels: { side: number; rgba: Uint8Array }[] = [{ side: maxSide, rgba }];
  for (let last = levels[0]; last !== undefined && last.side > smallestSide; last = levels.at(-1)) {
    levels.push({ side: last.side / 2, rgba: halve(last.rgba, last.side) });
  }
  return { levels: levels.map((level) => ({ side: level.side, rgba: withBorder(level.rgba, level.side) })) };
}

function halve(rgba: Uint8Array, side: number): Uint8Array {
  const half = side / 2;
  const smaller = new Uint8Array(half * half * 4);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      for (let c = 0; c < 4; c++) {
        const at = (2 * y * side + 2 * x) * 4 + c;
        const four =
          (rgba[at] ?? 0) + (rgba[at + 4] ?? 0) + (rgba[at + side * 4] ?? 0) + (rgba[at + side * 4 + 4] ?? 0);
        smaller[(y * half + x) * 4 + c] = (four + 2) >> 2;
      }
    }
  }
  return smaller;
}

function withBorder(rgba: Uint8Array, side: number): Uint8Array {
  const row = (side + 2) * 4;
  const larger = new Uint8Array(row * (side + 2));
  for (let y = 0; y < side; y++)
    larger.set(rgba.subarray(y * side * 4, (y + 1) * side * 4), (y + 1) * row + 4);
  return larger;
}
