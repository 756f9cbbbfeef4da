import { defineLayout, inOneRun } from './layout.ts';

/** Tower and branch (the paper's): the clip in the shape of one picture, L+1 tokens whatever its number of frames. */
export const branch = defineLayout(['branch'], (tokens) => inOneRun(tokens.branch));
