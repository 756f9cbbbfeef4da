import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { findFfmpeg } from '#engine/media/find-ffmpeg.ts';
import { AppError } from '#errors';

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

type Frames = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes our own RGB frames (width * height * 3 bytes each) as an H.264 mp4 that browsers play. Throws RangeError on
 * frames of another size, `cancelled`, `ffmpeg_missing`, and `internal` when ffmpeg fails.
 */
export async function writeMp4(frames: Frames, options: EncodeOptions): Promise<void> {
  const { width, height, path, signal } = options;
  if (width % 2 !== 0 || height % 2 !== 0) throw new RangeError(`${width} x ${height} is not even`);
  const target = resolve(path);
  const partial = `${target}.part`;
  const ffmpeg = await findFfmpeg();
  const child = spawn(ffmpeg, ['-hide_banner', '-nostats', ...encoderOptions(options), `file:${partial}`], {
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(signal !== undefined && { signal, killSignal: 'SIGKILL' }),
  });
  const ended = succeeded(child);
  try {
    await Promise.all([ended, feed(child, checked(frames, width * height * 3))]);
    await rename(partial, target);
  } catch (error) {
    if (signal?.aborted) throw new AppError('cancelled', 'The work was cancelled.', { cause: error });
    throw error;
  } finally {
    child.kill('SIGKILL');
    await Promise.allSettled([ended]);
    await rm(partial, { force: true });
  }
}

function encoderOptions({ width, height, fps }: EncodeOptions): string[] {
  const input = ['-f', 'rawvideo', '-pixel_format', 'rgb24', '-video_size', `${width}x${height}`];
  // Written in the file: without it, players guess the colours from the size of the picture.
  const colours = [
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
    '-color_range',
    'tv',
  ];
  const filter =
    'scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p';
  const codec = ['-c:v', 'libx264', '-crf', '18', '-fflags', '+bitexact', '-movflags', '+faststart'];
  return [
    ...input,
    '-framerate',
    `${fps}`,
    '-i',
    'pipe:0',
    '-vf',
    filter,
    ...colours,
    ...codec,
    '-f',
    'mp4',
    '-y',
  ];
}

/** Throws `internal` with the end of ffmpeg's log as its cause. */
async function succeeded(child: ChildProcess): Promise<void> {
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4096);
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new AppError('internal', 'The clip could not be written.', { cause: new Error(log) });
}

async function feed(child: ChildProcess, frames: AsyncIterable<Uint8Array>): Promise<void> {
  if (child.stdin === null) throw new TypeError('ffmpeg was started without its stdin');
  try {
    await pipeline(Readable.from(frames), child.stdin);
  } catch (error) {
    // ffmpeg left early; its exit code and log say why
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
}

async function* checked(frames: Frames, bytes: number): AsyncGenerator<Uint8Array> {
  for await (const frame of frames) {
    if (frame.length !== bytes) throw new RangeError(`a frame has ${frame.length} bytes, ${bytes} expected`);
    yield frame;
  }
}
