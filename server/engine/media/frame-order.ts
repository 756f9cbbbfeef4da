export type FrameOrder = 'forward' | 'reverse' | 'shuffle';

const goldenRatio = (1 + Math.sqrt(5)) / 2;

/**
 * The same frames in another order: a model that reads motion answers differently. `shuffle` depends on the number of frames
 * alone, and moves neighbours far apart: frame n is sorted by the fractional part of (n + 1) times the golden ratio. Three
 * frames and fewer are too few to shuffle well.
 */
export function inOrder<T>(frames: readonly T[], order: FrameOrder): T[] {
  switch (order) {
    case 'forward':
      return [...frames];
    case 'reverse':
      return frames.toReversed();
    case 'shuffle': {
      const keyed = frames.map((frame, n) => ({ frame, sortKey: ((n + 1) * goldenRatio) % 1 }));
      return keyed.sort((a, b) => a.sortKey - b.sortKey).map(({ frame }) => frame);
    }
  }
}
