import type { Paint } from './colours.ts';

export const kinds = [
  'ball',
  'star',
  'car',
  'boat',
  'fish',
  'house',
  'tree',
  'heart',
  'cup',
  'plane',
  'umbrella',
  'moon',
] as const;
export type Kind = (typeof kinds)[number];

/** SVG of one object, centred on the origin, inside the square from (-1, -1) to (1, 1), y downwards. */
export function drawObject(kind: Kind, paint: Paint): string {
  return drawings[kind](paint);
}

/** Silhouettes are made to differ at 15 pixels: that decides the proportions, not realism. */
const drawings: Record<Kind, (paint: Paint) => string> = {
  ball: ({ fill, dark, light }) =>
    circle(0, 0, 0.95, fill) +
    line('M-.93 .2Q0 .62 .93 .2M-.35 -.88Q.3 0 -.2 .92', dark, 0.09) +
    circle(0.34, -0.46, 0.2, light),
  star: ({ fill, light }) =>
    shape('M0 -1L.26 -.32L.98 -.29L.42 .16L.61 .86L0 .46L-.61 .86L-.42 .16L-.98 -.29L-.26 -.32Z', fill) +
    circle(-0.1, -0.1, 0.13, light),
  car: ({ fill, dark, light }) =>
    shape('M-1 .4V-.02Q-1 -.1 -.86 -.12L-.6 -.16L-.36 -.64H.36L.66 -.14L.9 -.06Q1 -.02 1 .1V.4Z', fill) +
    shape('M-.42 -.14L-.24 -.48H-.04V-.14Z M.08 -.14V-.48H.27L.46 -.14Z', light) +
    wheel(-0.52, 0.4, dark, light) +
    wheel(0.52, 0.4, dark, light),
  boat: ({ fill, dark }) =>
    shape('M-1 .36H1L.66 .92H-.66Z', fill) +
    line('M0 -.98V.4', dark, 0.12) +
    shape('M.12 -.92L.84 .2H.12Z M-.12 -.66V.2H-.68Z', fill) +
    line('M-.92 .5H.92', dark, 0.1),
  fish: ({ fill, dark, light }) =>
    shape('M.5 0L1 -.56V.56Z', fill) +
    shape('M-1 0Q-.62 -.62 -.1 -.6Q.5 -.54 .74 0Q.5 .54 -.1 .6Q-.62 .62 -1 0Z', fill) +
    line('M-.3 -.4Q-.1 0 -.3 .4', dark, 0.09) +
    circle(-0.6, -0.14, 0.15, light) +
    circle(-0.6, -0.14, 0.07, '#000'),
  house: ({ fill, dark, light }) =>
    shape('M-.72 -.1H.72V.94H-.72Z', fill) +
    shape('M0 -.96L1 -.04H-1Z', fill) +
    line('M-.98 -.04H.98', dark, 0.1) +
    shape('M-.5 .94V.3H-.08V.94Z', dark) +
    shape('M.16 .2H.54V.56H.16Z', light),
  tree: ({ fill, dark }) =>
    shape('M-.15 .5H.15V1H-.15Z', dark) +
    shape('M0 -1L.44 -.42H.24L.6 .08H.34L.8 .64H-.8L-.34 .08H-.6L-.24 -.42H-.44Z', fill) +
    line('M-.24 -.42H.24M-.34 .08H.34', dark, 0.07),
  heart: ({ fill, light }) =>
    shape(
      'M0 .94C-.5 .52 -1 .12 -1 -.36C-1 -.98 -.26 -1.04 0 -.46C.26 -1.04 1 -.98 1 -.36C1 .12 .5 .52 0 .94Z',
      fill,
    ) + line('M-.74 -.3Q-.72 -.58 -.5 -.62', light, 0.13),
  cup: ({ fill, dark, light }) =>
    line('M.46 -.38H.68Q.9 -.38 .9 -.1Q.9 .26 .44 .34', fill, 0.2) +
    shape('M-.86 -.7H.54V.5Q.54 .86 .2 .86H-.52Q-.86 .86 -.86 .5Z', fill) +
    `<ellipse cx="-.16" cy="-.7" rx=".7" ry=".16" fill="${dark}"/>` +
    line('M-.62 -.34V.36', light, 0.12),
  plane: ({ fill, dark, light }) =>
    shape(
      'M0 -1Q.16 -.86 .16 -.5V-.24L1 .26V.48L.16 .22V.6L.46 .84V1L0 .88L-.46 1V.84L-.16 .6V.22L-1 .48V.26L-.16 -.24V-.5Q-.16 -.86 0 -1Z',
      fill,
    ) +
    line('M-.5 .2V.02M.5 .2V.02', dark, 0.1) +
    circle(0, -0.66, 0.08, light),
  umbrella: ({ fill, dark }) =>
    line('M0 -.1V.66Q0 .92 .22 .92Q.42 .92 .42 .68', dark, 0.13) +
    shape(
      'M-1 .08Q-.96 -.88 0 -.92Q.96 -.88 1 .08Q.82 -.1 .66 -.08Q.5 -.08 .34 .08Q.16 -.08 0 -.08Q-.16 -.08 -.34 .08Q-.5 -.08 -.66 -.08Q-.82 -.1 -1 .08Z',
      fill,
    ) +
    line('M-.34 .06Q-.32 -.6 0 -.9Q.32 -.6 .34 .06M0 -.9V-1', dark, 0.07),
  moon: ({ fill, dark }) =>
    shape('M.6 -.83A.98 .98 0 1 0 .6 .83A.83 .83 0 0 1 .6 -.83Z', fill) +
    circle(-0.52, -0.24, 0.12, dark) +
    circle(-0.4, 0.34, 0.08, dark),
};

function circle(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;
}

function shape(path: string, fill: string): string {
  return `<path d="${path}" fill="${fill}"/>`;
}

function line(path: string, stroke: string, width: number): string {
  return `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round"/>`;
}

function wheel(x: number, y: number, tyre: string, hub: string): string {
  return circle(x, y, 0.26, tyre) + circle(x, y, 0.1, hub);
}
