import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '#errors';
import { spawnFfmpeg } from './ffmpeg.ts';

export interface EncodeOptions {
  /** Even numbers: H.264 stores colour at half the resolution. */
  readonly width: number;
  readonly height: number;
  /** Frames a second. */
  readonly fps: number;
  /** The mp4 to write; replaced if it exists, left alone if this fails. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

const maxFileSize = 4 * 2 ** 30;

/**
 * Writes our own RGB frames (width * height * 3 bytes each) as an H.264 mp4 that browsers play. Throws RangeError on
 * frames of another size, `cancelled`, `ffmpeg_missing`, and `internal` when ffmpeg fails.
 */
export async function writeMp4(
  frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { width, height, fps, path, signal }: EncodeOptions,
): Promise<void> {
  if (width % 2 !== 0 || height % 2 !== 0) throw new RangeError(`${width} x ${height} is not even`);
  const target = resolve(path);
  const partial = `${target}.part`;
  try {
    const { exitCode, log } = await spawnFfmpeg({
      input: {
        kind: 'frames',
        options: [
          '-f',
          'rawvideo',
          '-pixel_format',
          'rgb24',
          '-video_size',
          `${width}x${height}`,
          '-framerate',
          `${fps}`,
        ],
        frames: checked(frames, width * height * 3),
      },
      output: [
        // Said in the file: without it, players guess the colours from the size of the picture.
        '-vf',
        'scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p',
        '-colorspace',
        'bt709',
        '-color_primaries',
        'bt709',
        '-color_trc',
        'bt709',
        '-color_range',
        'tv',
        '-c:v',
        'libx264',
        '-crf',
        '18',
        '-fflags',
        '+bitexact',
        '-movflags',
        '+faststart',
        '-f',
        'mp4',
        '-y',
        `file:${partial}`,
      ],
      read: async ({ stdout, times }) => {
        stdout.resume();
        times.resume();
      },
      fileSize: maxFileSize,
      signal,
    });
    if (exitCode !== 0) {
      const cause = new Error(`ffmpeg: ${log.slice(0, 4096)}`);
      throw new AppError('internal', 'The clip could not be written.', { cause });
    }
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

async function* checked(
  frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  for await (const frame of frames) {
    if (frame.length !== bytes) throw new RangeError(`a frame has ${frame.length} bytes, ${bytes} expected`);
    yield frame;
  }
}
