import { layersForTap } from '#models/nets/video-tokens.ts';
import { patchCount } from '#models/nets/clip.ts';
import type { Architecture } from '#models/package/architecture.ts';

/**
 * Floating-point operations of one clip of T frames through tower, branch (attention over time) and projector:
 * 2*m*n*k for each product of [m, k] and [k, n], attention's two included. Norms, GELU and softmax are not counted.
 */
export function encoderFlops(arch: Architecture, frames: number): number {
  const { width, mlpWidth, patchSize } = arch.tower;
  const patches = patchCount(arch.tower);
  const seen = patches + 1;
  const layers = layersForTap(arch.tokens.tap, arch.tower, arch.stan);

  const square = (rows: number) => 2 * rows * width * width;
  const mlp = (rows: number) => 2 * (2 * rows * width * mlpWidth);
  // q, k, v and output; then q k^T and the weighted sum of v
  const attention = (rows: number, length: number) => 4 * square(rows) + 2 * (2 * rows * length * width);

  const embedding = 2 * frames * patches * 3 * patchSize ** 2 * width;
  const towerLayer = attention(frames * seen, seen) + mlp(frames * seen);
  const crossFrame = attention(patches * frames, frames) + square(patches * frames);
  const intraFrame = attention(frames * seen, seen) + mlp(patches * frames + 1);

  const tokens = arch.tokens.cls === 'none' ? patches : seen;
  const { kind, width: out } = arch.projector;
  const projector = 2 * tokens * out * (width + (kind === 'mlp' ? out : 0));
  return embedding + layers.tower * towerLayer + layers.branch * (crossFrame + intraFrame) + projector;
}
