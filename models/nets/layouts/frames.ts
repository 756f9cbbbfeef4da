import { defineLayout, inOneRun, keyFrameSentence } from './layout.ts';

/** All tokens of all frames, T * P: the most an image chatbot can read of them. */
export const frames = defineLayout(['frames'], ({ frames }) =>
  inOneRun({ ...frames, count: frames.frames * frames.count }, keyFrameSentence),
);
