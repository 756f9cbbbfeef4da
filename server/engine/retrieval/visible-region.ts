import type { VisionManifest } from '#models/package/manifest.ts';

/** A part of a frame, as fractions of its width and height; beyond 0 and 1 lies padding. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a frame that the encoder's square shows; see `resizeFrame`. */
export function visibleRegion(
  { width, height }: { readonly width: number; readonly height: number },
  resize: VisionManifest['resize'],
): Region {
  if (resize === 'squash') return { left: 0, top: 0, width: 1, height: 1 };
  const side = resize === 'crop' ? Math.min(width, height) : Math.max(width, height);
  const [across, down] = [side / width, side / height];
  return { left: (1 - across) / 2, top: (1 - down) / 2, width: across, height: down };
}
