import sharp from 'sharp';
import type { VisionManifest } from './manifest.ts';

/** A picture as RGB bytes, rows top to bottom: width * height * 3 of them. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const channels = 3;

/**
 * A picture as the square the encoder sees, RGB bytes [imageSize, imageSize, 3]; bicubic, as CLIP was trained.
 * The trainer and the server both come through here, so that a net meets the pixels it learned on.
 */
export async function resizeFrame(
  { width, height, rgb }: RgbImage,
  { imageSize, resize, mean }: Pick<VisionManifest, 'imageSize' | 'resize' | 'mean'>,
): Promise<Uint8Array> {
  const [r = 0, g = 0, b = 0] = mean.map((value) => Math.round(value * 255));
  const fit = { crop: 'cover', pad: 'contain', squash: 'fill' } as const;
  return sharp(rgb, { raw: { width, height, channels } })
    .resize(imageSize, imageSize, {
      fit: fit[resize],
      position: 'centre',
      kernel: 'cubic',
      background: { r, g, b },
    })
    .raw()
    .toBuffer();
}

/** Resized pictures (`resizeFrame`) as the encoder's input [T, 3, H, W]: /255, minus mean, by deviation. */
export function normalizePixels(
  pictures: readonly Uint8Array[],
  { imageSize, mean, std }: Pick<VisionManifest, 'imageSize' | 'mean' | 'std'>,
): Float32Array {
  const plane = imageSize * imageSize;
  const pixels = new Float32Array(pictures.length * channels * plane);
  pictures.forEach((picture, index) => {
    if (picture.length !== plane * channels) throw new RangeError(`a picture has ${picture.length} bytes`);
    for (let channel = 0; channel < channels; channel++) {
      const target = (index * channels + channel) * plane;
      const [shift, scale] = [mean[channel] ?? 0, std[channel] ?? 1];
      for (let place = 0; place < plane; place++) {
        pixels[target + place] = ((picture[place * channels + channel] ?? 0) / 255 - shift) / scale;
      }
    }
  });
  return pixels;
}
