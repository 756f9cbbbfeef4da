import { defineLayout, eachFrame, type LayoutPart, meanRow, stack } from './layout.ts';

/** The tokens of the branch, then one mean token of each frame behind its time: P + T tokens. */
export const timeline = defineLayout(['branch', 'frames'], (tokens, times) => {
  const means = eachFrame(tokens.frames).map(meanRow);
  if (times.length !== means.length) throw new RangeError(`${times.length} times of ${means.length} frames`);
  const marks = times.flatMap((time): LayoutPart[] => [{ text: ` ${time.toFixed(1)}s:` }, { rows: 1 }]);
  return { ...stack([tokens.branch, ...means]), parts: [{ rows: tokens.branch.count }, ...marks] };
});
