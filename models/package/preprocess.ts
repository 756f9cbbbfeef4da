import sharp, { type Sharp } from 'sharp';
import type { VisionManifest } from './manifest.ts';

/** RGB, 8 bits a channel, rows top to bottom: width * height * 3 bytes. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const channels = [0, 1, 2] as const;

type ResizeRule = Pick<VisionManifest, 'imageSize' | 'resize' | 'mean'>;

/** Longest aspect ratio that is resized: a centre crop keeps one square, so the far ends are cut off first. */
const maxCropAspect = 4;

/**
 * One frame as the square the encoder sees: imageSize * imageSize * 3 RGB bytes.
 *
 * The server and the trainer both use it, so that a model gets exactly the pixels it was trained on.
 * Bicubic is the Catmull-Rom kernel of libvips, widened when shrinking, as in PIL: what CLIP was trained with.
 */
export async function resizeFrame(frame: RgbImage, vision: ResizeRule): Promise<Uint8Array> {
  const size = vision.imageSize;
  switch (vision.resize) {
    case 'squash':
      return await rawPixels(scaled(frame, size, size));
    case 'pad':
      return await rawPixels(scaled(paddedToSquare(frame, vision.mean), size, size));
    case 'crop': {
      const source = withoutFarEnds(frame);
      const scale = size / Math.min(source.width, source.height);
      // Rounded as in torchvision's Resize and CenterCrop.
      const width = Math.max(size, Math.floor(source.width * scale));
      const height = Math.max(size, Math.floor(source.height * scale));
      const left = Math.round((width - size) / 2);
      const top = Math.round((height - size) / 2);
      return await rawPixels(scaled(source, width, height).extract({ left, top, width: size, height: size }));
    }
  }
}

/** Frames of imageSize * imageSize * 3 bytes -> normalised pixels [T, 3, imageSize, imageSize]: (rgb / 255 - mean) / std. */
export function normalizePixels(
  rgbFrames: readonly Uint8Array[],
  vision: Pick<VisionManifest, 'imageSize' | 'mean' | 'std'>,
): Float32Array {
  const plane = vision.imageSize ** 2;
  const pixels = new Float32Array(rgbFrames.length * 3 * plane);
  const tables = channels.map((channel) => normalizedBytes(vision.mean[channel], vision.std[channel]));
  rgbFrames.forEach((rgb, frame) => {
    if (rgb.length !== 3 * plane) {
      throw new RangeError(`frame ${frame} has ${rgb.length} bytes, ${3 * plane} expected`);
    }
    tables.forEach((table, channel) => {
      const start = (frame * 3 + channel) * plane;
      for (let i = 0; i < plane; i++)
        pixels[start + i] = table[rgb[3 * i + channel] ?? Number.NaN] ?? Number.NaN;
    });
  });
  return pixels;
}

/** The normalised value of each of the 256 values of a byte, in one channel. */
function normalizedBytes(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / std);
}

function scaled(image: RgbImage, width: number, height: number): Sharp {
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  return sharp(image.rgb, { raw }).resize(width, height, { fit: 'fill', kernel: 'cubic' });
}

async function rawPixels(image: Sharp): Promise<Uint8Array> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new RangeError(`${info.channels} channels after the resize, 3 expected`);
  return data;
}

/** Padded before the resize, as LLaVA-1.5 does: the border between picture and padding is blended by the kernel. */
function paddedToSquare(image: RgbImage, mean: readonly number[]): RgbImage {
  if (image.width === image.height) return image;
  const side = Math.max(image.width, image.height);
  const colour = mean.map((channel) => Math.trunc(channel * 255));
  const rgb = Buffer.alloc(side * side * 3, Uint8Array.from(colour));
  const left = Math.floor((side - image.width) / 2);
  const top = Math.floor((side - image.height) / 2);
  for (let y = 0; y < image.height; y++) {
    const row = image.rgb.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    rgb.set(row, ((top + y) * side + left) * 3);
  }
  return { width: side, height: side, rgb };
}

/** Keeps a frame of 4000 x 1 from being enlarged to millions of pixels of which the crop keeps one square. */
function withoutFarEnds(image: RgbImage): RgbImage {
  const longest = maxCropAspect * Math.min(image.width, image.height);
  const width = Math.min(image.width, longest);
  const height = Math.min(image.height, longest);
  if (width === image.width && height === image.height) return image;
  const left = Math.floor((image.width - width) / 2);
  const top = Math.floor((image.height - height) / 2);
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 3;
    rgb.set(image.rgb.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, rgb };
}
