import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '#errors';
import type { Clip } from '../types.ts';
import { explainFailure } from './explain-failure.ts';
import { spawnFfmpeg } from './ffmpeg.ts';
import { readFrameList } from './framecrc.ts';
import { listVideoFrames } from './list-video-frames.ts';

interface Options {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks into a local file: what it is, and that its first picture decodes. Throws `bad_video`, `unsupported_media`,
 * `no_video_frames`, `video_too_big`, `too_slow`, `cancelled`.
 *
 * ffmpeg alone, no ffprobe: ffmpeg-static carries none, and one way for all machines is one way to test. The size
 * comes from a decoded frame, after rotation, so what is said here is what sampling gives; only the names of format
 * and codec and the declared duration are read from the text ffmpeg prints about its input.
 */
export async function probe(file: string, { signal }: Options = {}): Promise<Clip> {
  const path = resolve(file);
  await checkFile(path);
  const { value, log } = await spawnFfmpeg({
    input: { kind: 'file', path, options: [] },
    output: ['-map', '0:V:0', '-frames:v', '1', '-f', 'framecrc', 'pipe:1'],
    read: async ({ stdout, times }) => {
      times.resume();
      return await readFrameList(stdout, 1);
    },
    timeoutMs: 60_000,
    signal,
  });
  const about = readBanner(log);
  const { header } = value;
  if (header === undefined || value.frames.length === 0) throw explainFailure(log);

  const duration = about.duration ?? (await listVideoFrames(path, { signal })).end;
  const { width, height } = displayedSize(header.width, header.height, header.pixelAspect);
  return { path, duration, width, height, format: about.format, codec: about.codec };
}

/** A named pipe would keep ffmpeg waiting for ever, a folder or a device is no clip. */
async function checkFile(path: string): Promise<void> {
  let bytes: number;
  try {
    const handle = await open(path);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new AppError('unsupported_media', 'This is not a file.');
      bytes = stats.size;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('not_found', 'There is no such file, or it cannot be read.', { cause });
  }
  if (bytes === 0) throw new AppError('bad_video', 'The file is empty.');
}

interface Banner {
  readonly format: string;
  readonly codec: string;
  /** Seconds; undefined where the container does not say. */
  readonly duration: number | undefined;
}

/**
 * `Input #0, <format>, from`, `  Duration: ...` and `  Stream #0:0...: Video: <codec> ...`. The anchors matter:
 * ffmpeg indents everything that comes from the file's own metadata by four spaces or more.
 */
function readBanner(log: string): Banner {
  const format = /^Input #0, (\S+), from /m.exec(log)?.[1] ?? 'unknown';
  const clock = /^ {2}Duration: (\d+):(\d\d):(\d\d\.\d+),/m.exec(log);
  const stream = /^ {2}Stream #0:\d+\S*: Video: (\w+)(?!.*\(attached pic\))/m.exec(log);
  return {
    format,
    codec: stream?.[1] ?? 'unknown',
    duration: clock ? Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]) : undefined,
  };
}

/** Pixels that are not square (television, some phones) are made so by the width; beyond 1:4 the file is lying. */
function displayedSize(
  width: number,
  height: number,
  pixelAspect: number,
): { width: number; height: number } {
  if (pixelAspect < 1 / 4 || pixelAspect > 4) return { width, height };
  return { width: Math.max(1, Math.round(width * pixelAspect)), height };
}
