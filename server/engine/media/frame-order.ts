import type { z } from 'zod';
import type { frameOrder } from '#contract/rest.ts';

export type FrameOrder = z.infer<typeof frameOrder>;

const goldenRatio = (1 + Math.sqrt(5)) / 2;

/**
 * The same frames in another order: whether a model reads motion shows in whether its answer follows. `shuffle` is always
 * the same for a number of frames, and moves neighbours far apart: frame n comes at the place of the fractional part of
 * (n + 1) times the golden ratio. Three frames and fewer are too few to shuffle well.
 */
export function inOrder<T>(frames: readonly T[], order: FrameOrder): T[] {
  switch (order) {
    case 'forward':
      return [...frames];
    case 'reverse':
      return frames.toReversed();
    case 'shuffle': {
      const placed = frames.map((frame, n) => ({ frame, place: ((n + 1) * goldenRatio) % 1 }));
      return placed.sort((a, b) => a.place - b.place).map(({ frame }) => frame);
    }
  }
}
