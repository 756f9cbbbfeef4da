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
    const own = lightnessOf(hex);
    // the drawing's own light and shade remain, half as strong
    const lightness = Math.min(97, Math.max(3, middle + (own - 55) * 0.45));
    return `hsl(${hue},${saturation}%,${lightness.toFixed(1)}%)`;
  });
}

/** Of `#rgb` or `#rrggbb`, in percent. */
function lightnessOf(hex: string): number {
  const digits = hex.slice(1);
  const channels =
    digits.length === 3
      ? [...digits].map((digit) => Number.parseInt(digit + digit, 16))
      : [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
  return ((Math.max(...channels) + Math.min(...channels)) / 2 / 255) * 100;
}
