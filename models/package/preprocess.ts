import sharp from 'sharp';
import type { VisionManifest } from './manifest.ts';
import { type Kernel, type RgbImage, resample } from './resample.ts';

const channels = [0, 1, 2] as const;

type ResizeRule = Pick<VisionManifest, 'imageSize' | 'resize' | 'kernel' | 'mean'>;

/** Longest aspect ratio that is resized: a centre crop keeps one square, so the far ends are cut off first. */
const maxCropAspect = 4;

/**
 * One frame as the square the encoder sees: imageSize * imageSize * 3 RGB bytes.
 *
 * The server and the trainer both use it, so that a model gets exactly the pixels it was trained on. Shrinking by
 * bicubic is libvips', in threads of its own, within a level or two of PIL's; when enlarging, libvips puts a picture half
 * a pixel off, so that is done as PIL does it, as are the other kernels (docs/real-models.md has the figures).
 */
export async function resizeFrame(frame: RgbImage, vision: ResizeRule): Promise<Uint8Array> {
  const size = vision.imageSize;
  const kernel = vision.kernel ?? 'bicubic';
  switch (vision.resize) {
    case 'squash':
      return await scaled(frame, size, size, kernel);
    case 'pad':
      return await scaled(paddedToSquare(frame, vision.mean), size, size, kernel);
    case 'crop': {
      const source = withoutFarEnds(frame);
      const shorter = Math.min(source.width, source.height);
      const side = (length: number): number => sideOf((size * length) / shorter, kernel);
      const [width, height] = [side(source.width), side(source.height)];
      return cropped(await scaled(source, width, height, kernel), width, height, size);
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

/** Cut off as in transformers' image processor, which is for bicubic; rounded as in mmcv, whose pictures are bilinear. */
function sideOf(length: number, kernel: Kernel): number {
  return kernel === 'bilinear' ? Math.floor(length + 0.5) : Math.floor(length);
}

/** The square in the middle, the larger rest to the right and below, as transformers and mmaction cut it. */
function cropped(rgb: Uint8Array, width: number, height: number, size: number): Uint8Array {
  const left = Math.floor((width - size) / 2);
  const top = Math.floor((height - size) / 2);
  const square = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const start = ((top + y) * width + left) * 3;
    square.set(rgb.subarray(start, start + size * 3), y * size * 3);
  }
  return square;
}

async function scaled(image: RgbImage, width: number, height: number, kernel: Kernel): Promise<Uint8Array> {
  if (kernel !== 'bicubic' || width > image.width || height > image.height) {
    return resample(image, width, height, kernel);
  }
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  const shrunk = sharp(image.rgb, { raw }).resize(width, height, { fit: 'fill', kernel: 'cubic' });
  const { data, info } = await shrunk.raw().toBuffer({ resolveWithObject: true });
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
