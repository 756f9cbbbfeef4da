import {
  defineLayout,
  eachFrame,
  type FrameTokens,
  inOneRun,
  keyFrameSentence,
  meanRow,
  patchIndices,
  pickRows,
  stack,
  type TokenRows,
} from './layout.ts';

/** One frame in so many is slow. */
const slowStride = 4;

/**
 * Few frames in detail, pooled 2 x 2, and every frame as one mean token: about T P / 16 + T tokens (SF-LLaVA, Xu et al.
 * 2024, arXiv 2407.15841).
 */
export const slowfast = defineLayout(['frames'], ({ frames }) => {
  const all = eachFrame(frames);
  const offset = Math.floor(Math.min(slowStride, all.length) / 2);
  const slow = all.filter((_, index) => index % slowStride === offset % slowStride);
  const rows = stack([...slow.map((frame) => pooled(frame, frames)), ...all.map(meanRow)]);
  return inOneRun(rows, keyFrameSentence);
});

/** Means of 2 x 2 patches; the last row and column of an odd grid are pooled alone. */
function pooled(frame: TokenRows, layout: FrameTokens): TokenRows {
  const patches = patchIndices(layout);
  const side = Math.sqrt(patches.length);
  if (!Number.isInteger(side)) throw new RangeError(`${patches.length} patches are not a square`);
  const cells = Math.ceil(side / 2);
  const means = Array.from({ length: cells * cells }, (_, cell) => {
    const [row, column] = [2 * Math.floor(cell / cells), 2 * (cell % cells)];
    const inside = patches.filter((_, patch) => {
      const [y, x] = [Math.floor(patch / side), patch % side];
      return y >= row && y < row + 2 && x >= column && x < column + 2;
    });
    return meanRow(pickRows(frame, inside));
  });
  return stack(means);
}
