import { hsl } from '../colours.ts';
import type { Random } from '../random.ts';

export type BackgroundStyle = 'flat' | 'gradient' | 'blobs' | 'stripes' | 'speckles';
const styles: readonly BackgroundStyle[] = ['flat', 'gradient', 'blobs', 'stripes', 'speckles'];

/** What is behind the object, in a frame with sides of 1. */
export interface Background {
  readonly style: BackgroundStyle;
  /** SVG elements that fill the frame; they refer to `defs` by ids that start with the given prefix. */
  readonly draw: (idPrefix: string) => string;
}

/**
 * A muted background: at most 15 % saturated and of middle lightness, so that each of the eight colours, white and
 * black too, stands out of it.
 */
export function drawBackground(random: Random): Background {
  const style = random.pick(styles);
  const hue = random.uniform(0, 360);
  const lightness = random.uniform(48, 68);
  const tint = (away: number): string =>
    hsl(hue + random.uniform(-50, 50), random.uniform(2, 15), lightness + random.uniform(-away, away));
  const base = `<rect width="1" height="1" fill="${tint(0)}"/>`;
  return { style, draw: details[style](base, tint, random) };
}

type Details = (base: string, tint: (away: number) => string, random: Random) => (idPrefix: string) => string;

const details: Record<BackgroundStyle, Details> = {
  flat: (base) => () => base,
  gradient: (_base, tint, random) => {
    const turn = random.uniform(0, 360).toFixed(0);
    const stops = `<stop stop-color="${tint(10)}"/><stop offset="1" stop-color="${tint(10)}"/>`;
    return (id) =>
      `<linearGradient id="${id}g" gradientTransform="rotate(${turn} .5 .5)">${stops}</linearGradient>` +
      `<rect width="1" height="1" fill="url(#${id}g)"/>`;
  },
  blobs: (base, tint, random) => {
    const blobs = Array.from({ length: random.int(2, 5) }, () => ({
      fill: tint(10),
      at: `cx="${random.uniform().toFixed(3)}" cy="${random.uniform().toFixed(3)}" r="${random.uniform(0.25, 0.5).toFixed(3)}"`,
    }));
    return (id) =>
      base +
      blobs
        .map(
          ({ fill, at }, index) =>
            `<radialGradient id="${id}b${index}"><stop stop-color="${fill}"/>` +
            `<stop offset="1" stop-color="${fill}" stop-opacity="0"/></radialGradient>` +
            `<circle ${at} fill="url(#${id}b${index})"/>`,
        )
        .join('');
  },
  stripes: (base, tint, random) => {
    const step = random.uniform(0.1, 0.3);
    const stripes: string[] = [];
    for (let at = -0.3; at < 1.3; at += step) stripes.push(`M-.3 ${at.toFixed(3)}H1.3`);
    const drawn =
      `<path d="${stripes.join('')}" stroke="${tint(6)}" stroke-width="${(step / 2).toFixed(3)}" ` +
      `transform="rotate(${random.uniform(0, 180).toFixed(0)} .5 .5)"/>`;
    return () => base + drawn;
  },
  speckles: (base, tint, random) => {
    // Two paths of many dots each: one element a dot would cost more to parse than to paint.
    const dots = (): string => {
      const moves = Array.from(
        { length: random.int(40, 90) },
        () => `M${random.uniform().toFixed(3)} ${random.uniform().toFixed(3)}h0`,
      );
      const width = random.uniform(0.015, 0.035).toFixed(3);
      return `<path d="${moves.join('')}" stroke="${tint(11)}" stroke-width="${width}" stroke-linecap="round"/>`;
    };
    const drawn = dots() + dots();
    return () => base + drawn;
  },
};
