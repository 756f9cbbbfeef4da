import type { Readable } from 'node:stream';
import type { Frame } from '../types.ts';
import { spawnFfmpeg } from './ffmpeg.ts';
import { readFrameList } from './framecrc.ts';
import { timesFromStart } from './list-video-frames.ts';

/** Two times in seconds closer than this are one time: more than any rounding, less than any distance of frames. */
export const timeTolerance = 0.0005;

export interface DecodeRequest {
  /** Size of the pictures given back; the displayed aspect is the caller's business. */
  readonly width: number;
  readonly height: number;
  /** Seconds, ascending, no two equal: for each, the first frame at or after it. */
  readonly wanted: readonly number[];
  /** Where to start decoding, in seconds; the beginning if left out. */
  readonly seek?: number | undefined;
  readonly onFrame?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes the wanted frames of a clip, upright and in RGB, each with its own presentation time. Gives fewer where the
 * file ends or breaks before the last. Throws as `spawnFfmpeg`.
 */
export async function decodeFrames(path: string, request: DecodeRequest): Promise<Frame[]> {
  const { width, height, wanted, seek, onFrame, signal } = request;
  // With these options the time of a frame is the same with and without a seek, counted from the clip's start.
  const position = seek === undefined || seek <= 0 ? [] : ['-ss', seek.toFixed(6)];
  const each = ['-frames:v', `${wanted.length}`, '-fps_mode', 'passthrough'];
  const { value } = await spawnFfmpeg({
    path,
    inputs: [[...position, ...timesFromStart]],
    output: [
      '-filter_complex',
      `[0:V:0]${filters(request)},split[pictures][times]`,
      '-map',
      '[pictures]',
      ...each,
      '-f',
      'rawvideo',
      'pipe:1',
      // Without a time base of its own, times would be rounded to the nominal frame rate.
      '-map',
      '[times]',
      ...each,
      '-enc_time_base',
      '1:1000000',
      '-f',
      'framecrc',
      'pipe:3',
    ],
    read: async ({ stdout, times }) => {
      const bytes = width * height * 3;
      return await Promise.all([
        readPictures(stdout, bytes, wanted.length, onFrame),
        readFrameList(times, wanted.length),
      ]);
    },
    signal,
  });
  const [pictures, list] = value;
  return pictures.flatMap((rgb, i) => {
    const time = list.frames[i]?.time;
    return time === undefined ? [] : [{ time, width, height, rgb }];
  });
}

/** Passes a frame on when it is the first at or after one of the wanted times: when more of them lie behind than before. */
function filters({ wanted, width, height }: DecodeRequest): string {
  const passed = wanted.map((time) => `gte(t,${(time - timeTolerance).toFixed(6)})`).join('+');
  const select = `select='st(1,${passed});gt(ld(1),ld(0))*gte(st(0,ld(1)),0)'`;
  // Fixed numbers: a file that changes its size on the way is brought back to one.
  return `${select},scale=${width}:${height}:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24`;
}

async function readPictures(
  stream: Readable,
  bytes: number,
  limit: number,
  onFrame: (() => void) | undefined,
): Promise<Uint8Array[]> {
  const pictures: Uint8Array[] = [];
  let current = new Uint8Array(bytes);
  let filled = 0;
  for await (const chunk of stream) {
    let rest: Buffer = Buffer.from(chunk);
    while (rest.length > 0 && pictures.length < limit) {
      const part = rest.subarray(0, bytes - filled);
      current.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < bytes) break;
      pictures.push(current);
      onFrame?.();
      current = new Uint8Array(bytes);
      filled = 0;
    }
  }
  return pictures;
}
