import type { ColourName } from '../things/colours.ts';

/** Hue in degrees, saturation and lightness in percent of what a colour's name means most clearly. */
const shades: Partial<Record<ColourName, readonly [hue: number, saturation: number, lightness: number]>> = {
  red: [0, 88, 46],
  orange: [28, 96, 52],
  yellow: [56, 95, 55],
  green: [125, 72, 36],
  blue: [220, 88, 50],
  purple: [282, 68, 45],
  pink: [330, 90, 72],
  black: [0, 0, 8],
};

/** SVG elements with every paint turned into a shade of one colour; the darkest lines stay. */
export function dye(body: string, colour: ColourName): string {
  const shade = shades[colour];
  if (shade === undefined) throw new RangeError(`nothing is dyed ${colour}`);
  const [hue, saturation, middle] = shade;
  return body.replace(/#[0-9a-f]{6}\b|#[0-9a-f]{3}\b/gi, (hex) => {
    const own = readHex(hex).lightness;
    // the drawing's own light and shade remain, half as strong
    const lightness = Math.min(97, Math.max(3, middle + (own - 55) * 0.45));
    return `hsl(${hue},${saturation}%,${lightness.toFixed(1)}%)`;
  });
}

/** `#rgb` or `#rrggbb` as hue in degrees, saturation and lightness in percent. */
export function readHex(hex: string): { hue: number; saturation: number; lightness: number } {
  const digits = hex.slice(1);
  const [red = 0, green = 0, blue = 0] =
    digits.length === 3
      ? [...digits].map((digit) => Number.parseInt(digit + digit, 16) / 255)
      : [0, 2, 4].map((first) => Number.parseInt(digits.slice(first, first + 2), 16) / 255);
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const [span, lightness] = [most - least, (most + least) / 2];
  if (span === 0) return { hue: 0, saturation: 0, lightness: lightness * 100 };
  const saturation = span / (1 - Math.abs(2 * lightness - 1));
  const sector =
    most === red
      ? (green - blue) / span
      : most === green
        ? 2 + (blue - red) / span
        : 4 + (red - green) / span;
  return { hue: (sector * 60 + 360) % 360, saturation: saturation * 100, lightness: lightness * 100 };
}
