import type { VisionManifest } from '#models/package/manifest.ts';

/** A part of a frame, in shares of its width and height; what reaches beyond 0 and 1 is padding around it. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What the encoder's square shows of a frame: see `resizeFrame`. */
export function seenRegion(
  { width, height }: { readonly width: number; readonly height: number },
  resize: VisionManifest['resize'],
): Region {
  if (resize === 'squash') return { left: 0, top: 0, width: 1, height: 1 };
  const side = resize === 'crop' ? Math.min(width, height) : Math.max(width, height);
  const [across, down] = [side / width, side / height];
  return { left: (1 - across) / 2, top: (1 - down) / 2, width: across, height: down };
}
