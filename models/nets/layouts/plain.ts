import { defineLayout, inOneRun } from './layout.ts';

/** The unmodified image chatbot on tokens averaged over the frames: the baseline without the branch. */
export const plain = defineLayout(['plain'], (tokens) => inOneRun(tokens.plain));
