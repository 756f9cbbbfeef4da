import { branch } from './branch.ts';
import { frames } from './frames.ts';
import { grid } from './grid.ts';
import { keyframes } from './keyframes.ts';
import type { Layout } from './layout.ts';
import { plain } from './plain.ts';
import { slowfast } from './slowfast.ts';
import { timeline } from './timeline.ts';

/** The ways to show a clip to the LLM, by name. A new one is a file and a line here, and its name in the contract. */
export const layouts = {
  stan: branch,
  plain,
  timeline,
  grid,
  keyframes,
  slowfast,
  frames,
} as const satisfies Readonly<Record<string, Layout>>;

export type LayoutName = keyof typeof layouts;
