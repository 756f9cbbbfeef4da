import { defineLayout, inOneRun, keyFrameSentence } from './layout.ts';

/** The frames as cells of one picture, encoded once: P tokens (IG-VLM, Kim et al. 2024, arXiv 2403.18406). */
export const grid = defineLayout(['plain'], (tokens) => inOneRun(tokens.plain, keyFrameSentence), {
  asGrid: true,
});
