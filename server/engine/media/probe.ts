import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '#errors';
import type { ClipFacts } from '../types.ts';
import { explainFailure } from './explain-failure.ts';
import { spawnFfmpeg } from './ffmpeg.ts';
import { readFrameList } from './framecrc.ts';
import {
  listVideoFrames,
  packetList,
  readTimeline,
  type Timeline,
  timesFromStart,
} from './list-video-frames.ts';

export interface ProbedClip extends ClipFacts {
  /** Absolute path. */
  readonly path: string;
  /** When its frames are shown; undefined for a clip that is too long to list whole. */
  readonly timeline: Timeline | undefined;
}

/** A clip that ends before so many seconds is listed whole; its length is then exact, whatever the file declares. */
const listedWhole = 600;
/** Seconds listed beyond that, for slide shows: the next picture may come late. */
const margin = 60;

/**
 * Looks into a local file: what it is, that its first picture decodes, and when its frames are shown. Throws `bad_video`,
 * `unsupported_media`, `no_video_frames`, `video_too_big`, `too_slow`, `cancelled`.
 *
 * One process does it all; it opens the file twice, since the packets of an input that is also decoded would all be
 * decoded. No ffprobe: ffmpeg-static carries none, and one way for all machines is one way to test. The size comes from a
 * decoded frame, after rotation, so it is the size that sampling gives; only the names of the format and the declared
 * duration are read from the text ffmpeg prints about its input.
 */
export async function probe(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ProbedClip> {
  const path = resolve(file);
  await checkFile(path);
  const { value, log } = await spawnFfmpeg({
    path,
    inputs: [[], ['-t', `${listedWhole + margin}`, ...timesFromStart]],
    output: ['-map', '0:V:0', '-frames:v', '1', '-f', 'framecrc', 'pipe:1', ...packetList(1, 'pipe:3')],
    read: ({ stdout, times }) => Promise.all([readFrameList(stdout, 1), readTimeline(times)]),
    timeoutMs: 60_000,
    signal,
  });
  const [first, listed] = value;
  const { header } = first;
  if (header === undefined || first.frames.length === 0) throw explainFailure(log);

  const { format, declared } = readBanner(log);
  const { width, height } = displayedSize(header.width, header.height, header.pixelAspect);
  const isWhole = listed.end < listedWhole;
  return {
    path,
    duration: isWhole ? lengthOf(listed, declared) : await lengthOfLong(path, declared, signal),
    width,
    height,
    format,
    timeline: isWhole ? listed : undefined,
  };
}

/** A single picture is shown for no time, unless its file says otherwise. */
function lengthOf({ frames, end }: Timeline, declared: number | undefined): number {
  return frames.length > 1 ? end : (declared ?? end);
}

/** A file that holds more than it declares is read to its end. */
async function lengthOfLong(path: string, declared: number | undefined, signal: AbortSignal | undefined) {
  if (declared !== undefined && declared >= listedWhole) return declared;
  return (await listVideoFrames(path, { signal })).end;
}

/** A named pipe would keep ffmpeg waiting for ever, a folder or a device is no clip. */
export async function checkFile(path: string): Promise<void> {
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

/**
 * The container's names, and the length in seconds that it declares, if it does: `Input #0, <format>, from` and
 * `  Duration: ...`. The anchors matter: ffmpeg indents everything that comes from the file's own metadata by four spaces or more.
 */
function readBanner(log: string): { readonly format: string; readonly declared: number | undefined } {
  const format = /^Input #0, (\S+), from /m.exec(log)?.[1] ?? 'unknown';
  const clock = /^ {2}Duration: (\d+):(\d\d):(\d\d\.\d+),/m.exec(log);
  const declared = clock ? Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]) : undefined;
  return { format, declared };
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
