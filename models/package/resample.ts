/** RGB, 8 bits a channel, rows top to bottom: width * height * 3 bytes. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** How a pixel is made of those around it: PIL's bicubic, OpenCV's bilinear (no wider when shrinking), torch's nearest. */
export type Kernel = 'bicubic' | 'bilinear' | 'nearest';

/** Weights are whole numbers of this part of 1, as in PIL (Resample.c), so that results are the same everywhere. */
const precision = 22;
const one = 1 << precision;

/** Of each pixel of a line: the first one it is made of, and the weights from there on, `count` for each pixel. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: Int32Array;
  readonly count: number;
}

const tapsOf: Record<Kernel, (from: number, to: number) => Taps> = { bicubic, bilinear, nearest };

/** A picture in another size, line by line and then column by column, rounded to bytes in between, as PIL does it. */
export function resample(
  { rgb, ...size }: RgbImage,
  width: number,
  height: number,
  kernel: Kernel,
): Uint8Array {
  const wide = size.width === width ? rgb : acrossLines(rgb, size, width, tapsOf[kernel](size.width, width));
  return size.height === height
    ? wide
    : downColumns(wide, width, height, tapsOf[kernel](size.height, height));
}

function acrossLines(
  rgb: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  to: number,
  { first, weights, count }: Taps,
): Uint8Array {
  const out = new Uint8Array(to * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const start = 3 * (y * width + (first[x] ?? 0));
      let [r, g, b] = [one >> 1, one >> 1, one >> 1];
      for (let tap = 0; tap < count; tap++) {
        const weight = weights[x * count + tap] ?? 0;
        r += (rgb[start + 3 * tap] ?? 0) * weight;
        g += (rgb[start + 3 * tap + 1] ?? 0) * weight;
        b += (rgb[start + 3 * tap + 2] ?? 0) * weight;
      }
      const i = 3 * (y * to + x);
      out[i] = byte(r);
      out[i + 1] = byte(g);
      out[i + 2] = byte(b);
    }
  }
  return out;
}

function downColumns(
  rgb: Uint8Array,
  width: number,
  to: number,
  { first, weights, count }: Taps,
): Uint8Array {
  const line = 3 * width;
  const out = new Uint8Array(to * line);
  for (let y = 0; y < to; y++) {
    const start = (first[y] ?? 0) * line;
    for (let x = 0; x < line; x++) {
      let value = one >> 1;
      for (let tap = 0; tap < count; tap++) {
        value += (rgb[start + tap * line + x] ?? 0) * (weights[y * count + tap] ?? 0);
      }
      out[y * line + x] = byte(value);
    }
  }
  return out;
}

function byte(value: number): number {
  return Math.max(0, Math.min(255, value >> precision));
}

/** Catmull-Rom, as wide as what a pixel covers when shrinking; pixels outside are left out and the rest scaled to 1. */
function bicubic(from: number, to: number): Taps {
  const ratio = from / to;
  const wide = Math.max(ratio, 1);
  const support = 2 * wide;
  const count = Math.min(from, Math.ceil(support) * 2 + 1);
  const [first, weights] = [new Int32Array(to), new Int32Array(to * count)];
  for (let index = 0; index < to; index++) {
    const centre = (index + 0.5) * ratio;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const exact = Array.from({ length: end - start }, (_, tap) => cubic((start + tap - centre + 0.5) / wide));
    const total = exact.reduce((sum, weight) => sum + weight, 0);
    // taps that would reach beyond the end start further left with a weight of 0
    first[index] = Math.min(start, from - count);
    const shift = start - (first[index] ?? 0);
    for (const [tap, weight] of exact.entries()) {
      weights[index * count + shift + tap] = whole(weight / total);
    }
  }
  return { first, weights, count };
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** The two nearest pixels however much is shrunk, those at the edge alone. */
function bilinear(from: number, to: number): Taps {
  const count = Math.min(2, from);
  const [first, weights] = [new Int32Array(to), new Int32Array(to * count)];
  for (let index = 0; index < to; index++) {
    const exact = Math.max(0, Math.min(from - 1, ((index + 0.5) * from) / to - 0.5));
    first[index] = Math.min(Math.floor(exact), from - count);
    const share = exact - (first[index] ?? 0);
    weights[index * count] = count === 1 ? one : whole(1 - share);
    if (count === 2) weights[index * count + 1] = one - whole(1 - share);
  }
  return { first, weights, count };
}

function nearest(from: number, to: number): Taps {
  const ratio = Math.fround(from / to);
  const first = Int32Array.from({ length: to }, (_, index) => Math.min(from - 1, Math.floor(index * ratio)));
  return { first, weights: new Int32Array(to).fill(one), count: 1 };
}

/** Half a step is rounded away from 0. */
function whole(weight: number): number {
  return Math.trunc(weight * one + (weight < 0 ? -0.5 : 0.5));
}
