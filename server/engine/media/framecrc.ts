import { AppError } from '#errors';
import { boundedLines } from '#core/bounded-lines.ts';

/** One frame or packet as ffmpeg's framecrc muxer lists it. Times in seconds. */
export interface ListedFrame {
  readonly time: number;
  readonly duration: number;
  readonly keyframe: boolean;
}

export interface FrameListHeader {
  readonly width: number;
  readonly height: number;
  /** Width of a pixel over its height. */
  readonly pixelAspect: number;
}

export interface FrameList {
  readonly header: FrameListHeader | undefined;
  readonly frames: ListedFrame[];
}

/** Set on packets that an edit list cuts off: decoded, never shown. AV_PKT_FLAG_DISCARD; 1 is AV_PKT_FLAG_KEY. */
const discardFlag = 4;
const keyFlag = 1;
/** Ten times the longest line that the muxer writes: a broken ffmpeg must not fill the memory with one line. */
const maxLineLength = 2048;

/**
 * Reads a framecrc listing: the one output of ffmpeg that gives exact times (integer ticks and their time base) in a
 * form made for programs. Frames are in the order listed, packets therefore in decoding order. Throws
 * `video_too_big` above `limit` frames and RangeError on an overlong line, so that a hostile file cannot fill the memory.
 */
export async function readFrameList(
  stream: AsyncIterable<Uint8Array | string>,
  limit: number,
): Promise<FrameList> {
  let tick = Number.NaN;
  let size: [number, number] | undefined;
  let pixelAspect = 1;
  const frames: ListedFrame[] = [];
  for await (const line of boundedLines(stream, maxLineLength)) {
    const header = /^#(tb|dimensions|sar) 0: (\d+)[/x](\d+)/.exec(line);
    if (header !== null) {
      const [first, second] = [Number(header[2]), Number(header[3])];
      if (header[1] === 'tb') tick = first / second;
      else if (header[1] === 'dimensions') size = [first, second];
      else if (first > 0 && second > 0) pixelAspect = first / second;
      continue;
    }
    const frame = listedFrame(line, tick);
    if (frame === undefined) continue;
    if (frames.length >= limit) {
      throw new AppError('video_too_big', `The video has more than ${limit} frames.`);
    }
    frames.push(frame);
  }
  return { header: size && { width: size[0], height: size[1], pixelAspect }, frames };
}

/** `stream, dts, pts, duration, size, checksum[, F=flags]`; flags are left out where they say just "keyframe". */
function listedFrame(line: string, tick: number): ListedFrame | undefined {
  const match = /^0,\s*(-?\d+),\s*(-?\d+),\s*(\d+),\s*\d+, 0x[0-9a-f]+(?:, F=0x([0-9a-fA-F]+))?/.exec(line);
  if (match === null) return undefined;
  const flags = match[4] === undefined ? keyFlag : Number.parseInt(match[4], 16);
  if (flags & discardFlag) return undefined;
  const [dts, pts] = [Number(match[1]), Number(match[2])];
  // AVI has no presentation times; there the order of decoding is the order of showing.
  const ticks = Number.isSafeInteger(pts) ? pts : dts;
  if (!Number.isSafeInteger(ticks) || !Number.isFinite(tick)) return undefined;
  return { time: ticks * tick, duration: Number(match[3]) * tick, keyframe: (flags & keyFlag) !== 0 };
}
