import type { ColourName } from '../things/colours.ts';
import type { Thing } from '../things/thing.ts';
import type { SceneEvent } from './events.ts';

/** Ways things are drawn. `openmoji` is never shown in training. */
export const styles = ['fluent', 'noto', 'twemoji', 'openmoji'] as const;
export type Style = (typeof styles)[number];
export const trainingStyles = ['fluent', 'noto', 'twemoji'] as const satisfies readonly Style[];

/** How many ways each drawing is shown in training: as it is, and redrawn in other lines, shades and proportions. */
export const redrawings = 6;

/** In units of the frame's side; the origin is the top left corner, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One thing in a scene. */
export interface Shown {
  readonly thing: Thing;
  /** The colour it is called by; undefined where it has none of its own. */
  readonly colour: ColourName | undefined;
  readonly style: Style;
  /** Which of the thing's drawings. */
  readonly drawing: number;
  /** Which of a drawing's redrawings, below `redrawings`; 0 is the drawing as it is. */
  readonly redrawing: number;
  readonly mirrored: boolean;
  /** Half the side of its box before any event, in frame sides. */
  readonly size: number;
  /** Its centre before any event. */
  readonly at: Point;
  /** In the order they happen, at most two; none for a thing that stands still. */
  readonly events: readonly SceneEvent[];
}

/** How a still picture tells events: ghosts of where and what the thing was before, and drawn marks. */
export interface Cue {
  readonly ghosts: number;
  /** Opacity of the latest ghost; each earlier one has `decay` times the next. */
  readonly opacity: number;
  readonly decay: number;
}

/** What a picture or a clip shows, and so the truth about it. */
export interface Scene {
  /** One to three of at most two nouns, those behind first. Things of one noun in one scene are copies of each other. */
  readonly things: readonly Shown[];
  /** SVG elements that fill a frame with sides of 1; ids in them start with the given prefix. */
  readonly background: (idPrefix: string) => string;
  /** Only in pictures: a clip tells its events by its frames. */
  readonly cue?: Cue | undefined;
}

/** A scene in time. */
export interface Clip {
  readonly scene: Scene;
  /** The part of the frames that shows the scene, from 0 to 1. */
  readonly extent: { readonly from: number; readonly to: number };
  /** What the other frames show; nothing is ever said of it. */
  readonly elsewhere?: Scene | undefined;
}
