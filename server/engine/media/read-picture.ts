import sharp from 'sharp';
import { AppError } from '#errors';
import type { Frame } from '../types.ts';

/** What cameras and browsers make. No SVG: it can refer to other files. */
const formats = new Set(['jpeg', 'png', 'webp', 'gif', 'heif']);
const maxPixels = 33_177_600;
/** Longest side in pixels; larger pictures are shrunk to it. More than any encoder takes. */
const maxSide = 2048;

/** A picture file as one upright frame at second 0, on white where it is transparent. Throws `unsupported_media`. */
export async function readPicture(path: string): Promise<Frame> {
  try {
    const picture = sharp(path, { limitInputPixels: maxPixels, failOn: 'error' });
    const { format } = await picture.metadata();
    if (!formats.has(format)) throw new RangeError(`the picture is ${format}`);
    const { data, info } = await picture
      .rotate()
      .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { time: 0, width: info.width, height: info.height, rgb: data };
  } catch (cause) {
    const message = 'This is not a picture this server can read (jpeg, png, webp, gif, avif).';
    throw new AppError('unsupported_media', message, { cause });
  }
}
