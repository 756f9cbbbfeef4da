import type { RgbImage } from './resample.ts';

/** Frames of one size as the cells of one picture, row by row, in a grid that is about square; cells left over are black. */
export function gridPicture(frames: readonly RgbImage[]): RgbImage {
  const [first] = frames;
  if (first === undefined) throw new RangeError('a grid needs a frame');
  const columns = Math.ceil(Math.sqrt(frames.length));
  const rows = Math.ceil(frames.length / columns);
  const [width, height] = [columns * first.width, rows * first.height];
  const rgb = new Uint8Array(width * height * 3);
  for (const [index, frame] of frames.entries()) {
    if (frame.width !== first.width || frame.height !== first.height) {
      throw new RangeError(
        `a frame of ${frame.width} x ${frame.height} among ${first.width} x ${first.height}`,
      );
    }
    const left = (index % columns) * first.width;
    const top = Math.floor(index / columns) * first.height;
    for (let y = 0; y < first.height; y++) {
      const row = frame.rgb.subarray(y * first.width * 3, (y + 1) * first.width * 3);
      rgb.set(row, ((top + y) * width + left) * 3);
    }
  }
  return { width, height, rgb };
}
