import type { Random } from './random.ts';

export const colourNames = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'white', 'black'] as const;
export type ColourName = (typeof colourNames)[number];

/** The paints of one object, as CSS colours: one main fill, and details that do not change the colour's name. */
export interface Paint {
  readonly fill: string;
  readonly dark: string;
  readonly light: string;
}

type Range = readonly [low: number, high: number];

/**
 * Hue in degrees, saturation and lightness in percent. The gaps between the ranges are wider than the ranges, so a
 * draw never lies between two names. No pink (a fading red looks like it) and no brown (a dark orange).
 */
const ranges: Record<ColourName, { hue: Range; saturation: Range; lightness: Range }> = {
  red: { hue: [-6, 4], saturation: [80, 95], lightness: [42, 50] },
  orange: { hue: [25, 31], saturation: [92, 100], lightness: [50, 55] },
  yellow: { hue: [53, 59], saturation: [92, 100], lightness: [50, 60] },
  green: { hue: [115, 140], saturation: [65, 85], lightness: [30, 40] },
  blue: { hue: [212, 228], saturation: [80, 95], lightness: [45, 55] },
  purple: { hue: [276, 288], saturation: [60, 80], lightness: [40, 50] },
  white: { hue: [0, 360], saturation: [0, 10], lightness: [96, 100] },
  black: { hue: [0, 360], saturation: [0, 10], lightness: [4, 9] },
};

/** One shade of a colour. */
export function mixPaint(colour: ColourName, random: Random): Paint {
  const { hue, saturation, lightness } = ranges[colour];
  const h = random.uniform(...hue);
  const s = random.uniform(...saturation);
  const l = random.uniform(...lightness);
  return {
    fill: hsl(h, s, l),
    // A black thing gets grey details: darker ones would not be seen.
    dark: colour === 'black' ? hsl(h, s, 34) : hsl(h, s * 0.8, l * 0.5),
    light: colour === 'black' ? hsl(h, s, 55) : hsl(h, s * 0.9, l + (100 - l) * 0.75),
  };
}

/** A CSS colour: hue in degrees (any turn), saturation and lightness in percent. */
export function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round((hue + 360) % 360)},${saturation.toFixed(1)}%,${lightness.toFixed(1)}%)`;
}
