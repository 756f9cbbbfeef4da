import type { Background } from './drawing/background.ts';
import type { ColourName, Paint } from './colours.ts';
import type { Kind } from './objects.ts';

export const motions = ['left', 'right', 'up', 'down', 'still'] as const;
export type Motion = (typeof motions)[number];

/** In units of the frame's side; the origin is the top left corner, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Fading copies behind the object: how a still picture tells motion. */
export interface Trail {
  readonly copies: number;
  /** Distance from one copy to the next, in frame sides. */
  readonly spacing: number;
  /** Opacity of the copy nearest the object; each further one has `decay` times the one before. */
  readonly opacity: number;
  readonly decay: number;
}

/** What a picture or a clip shows, and so the truth about it. */
export interface Scene {
  readonly kind: Kind;
  readonly colour: ColourName;
  readonly motion: Motion;
  readonly paint: Paint;
  readonly background: Background;
  /** Half the side of the object's box, in frame sides. */
  readonly radius: number;
  /** Centre at times 0 and 1; the same point in a picture and in a clip of a still object. */
  readonly from: Point;
  readonly to: Point;
  readonly trail?: Trail;
}

const steps: Record<Motion, Point> = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
  still: { x: 0, y: 0 },
};

/** One step of length 1 in the direction of a motion. */
export function stepOf(motion: Motion): Point {
  return steps[motion];
}

/** Centre of the object at time `s` in [0, 1]: constant speed. */
export function centreAt({ from, to }: Scene, s: number): Point {
  return { x: from.x + (to.x - from.x) * s, y: from.y + (to.y - from.y) * s };
}

/** The same clip played backwards. */
export function reverseClip(scene: Scene): Scene {
  const opposite: Record<Motion, Motion> = {
    left: 'right',
    right: 'left',
    up: 'down',
    down: 'up',
    still: 'still',
  };
  return { ...scene, motion: opposite[scene.motion], from: scene.to, to: scene.from };
}
