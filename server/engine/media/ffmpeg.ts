import { type ChildProcess, spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '#errors';
import { confinement } from './confinement.ts';
import { findFfmpeg } from './find-ffmpeg.ts';
import { demuxers } from '#core/media-formats.ts';

/** 8K (7680 x 4320): the largest picture anything is decoded at. */
const maxPixels = 33_177_600;
/** Films on discs have a few dozen: sound and subtitles in many languages. */
const maxStreams = 64;
const maxAllocation = 256 * 2 ** 20;
const maxMemory = 3 * 2 ** 30;
const maxLogBytes = 64 * 2 ** 10;
/** Threads of one process. */
export const ffmpegThreads = 2;
const defaultTimeoutMs = 120_000;

/** Picture decoders only: sound is never decoded, so no bug in a sound decoder can be reached. */
const decoders = [
  'h264,hevc,av1,libdav1d,libaom-av1,vp8,vp9,libvpx,libvpx-vp9,theora,mpeg4,msmpeg4,msmpeg4v1,msmpeg4v2,h263,flv',
  'vp6,vp6a,vp6f,mpeg1video,mpeg2video,mjpeg,png,apng,gif,webp,prores,dnxhd,dvvideo,qtrle,rawvideo,ffv1,huffyuv,cinepak',
  'wmv1,wmv2,wmv3,vc1',
].join();

export interface FfmpegPipes {
  /** `pipe:1`. */
  readonly stdout: Readable;
  /** `pipe:3`. */
  readonly times: Readable;
}

export interface FfmpegJob<T> {
  /** The clip, by its absolute path. */
  readonly path: string;
  /** The clip is opened once for each list of input options. */
  readonly inputs: readonly (readonly string[])[];
  /** Everything after the inputs. */
  readonly output: readonly string[];
  /** Must read both pipes to their end; what it throws ends the process. */
  readonly read: (pipes: FfmpegPipes) => Promise<T>;
  /** Wall clock in milliseconds. Default: 2 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface FfmpegResult<T> {
  readonly value: T;
  /** 0, or the exit code: a damaged file may still have given useful output. */
  readonly exitCode: number;
  /** The first 64 KiB of stderr. */
  readonly log: string;
}

/**
 * Starts the one program that reads hostile files, confined and within limits, and ends it at once on abort. How many
 * run at the same time is the caller's concern. Throws `cancelled`, `too_slow`, `bad_video` (it crashed) and `ffmpeg_missing`.
 */
export async function spawnFfmpeg<T>(job: FfmpegJob<T>): Promise<FfmpegResult<T>> {
  try {
    return await runFfmpeg(job);
  } catch (error) {
    if (job.signal?.aborted) throw new AppError('cancelled', 'The work was cancelled.', { cause: error });
    throw error;
  }
}

async function runFfmpeg<T>(job: FfmpegJob<T>): Promise<FfmpegResult<T>> {
  job.signal?.throwIfAborted();
  const binary = await findFfmpeg();
  const timeoutMs = job.timeoutMs ?? defaultTimeoutMs;
  const cpuSeconds = Math.ceil((timeoutMs / 1000) * ffmpegThreads);
  const prefix = await confinement({ cpuSeconds, memory: maxMemory });
  const [command = binary, ...args] = [...prefix, binary, ...commandLine(job)];
  job.signal?.throwIfAborted();

  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // Nothing else is passed on: FFREPORT, for one, would make ffmpeg write files.
    env: environment(),
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  let late = false;
  const clock = setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  job.signal?.addEventListener('abort', kill, { once: true });

  const ended = endOf(child);
  try {
    const work = Promise.all([job.read(pipesOf(child)), firstPart(child.stderr)]);
    const [outcome, end] = await Promise.all([
      work.then(
        ([value, log]) => ({ value, log }),
        (error: unknown) => {
          kill();
          return { error };
        },
      ),
      ended,
    ]);
    if (late || end.signal === 'SIGXCPU' || (end.signal === 'SIGKILL' && !('error' in outcome))) {
      throw new AppError('too_slow', 'The video takes too long to decode; try a shorter or smaller one.');
    }
    if ('error' in outcome) throw outcome.error;
    if (end.signal !== null)
      throw new AppError('bad_video', 'The video is damaged: it made the decoder crash.');
    return { ...outcome, exitCode: end.code };
  } finally {
    clearTimeout(clock);
    job.signal?.removeEventListener('abort', kill);
    kill();
  }
}

function commandLine({ path, inputs, output }: FfmpegJob<unknown>): string[] {
  if (!isAbsolute(path)) throw new RangeError('ffmpeg is given absolute paths only');
  const quiet = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info'];
  const lists = ['-protocol_whitelist', 'file', '-format_whitelist', demuxers, '-codec_whitelist', decoders];
  const bounds = [
    '-max_pixels',
    `${maxPixels}`,
    '-max_streams',
    `${maxStreams}`,
    '-threads',
    `${ffmpegThreads}`,
  ];
  // `file:` keeps a name such as `concat:...` or `-y` from being anything but a name.
  const opened = inputs.flatMap((options) => [...lists, ...bounds, ...options, '-i', `file:${path}`]);
  return [...quiet, '-max_alloc', `${maxAllocation}`, ...opened, ...output];
}

function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { AV_LOG_FORCE_NOCOLOR: '1', LC_ALL: 'C' };
  for (const name of ['PATH', 'LD_LIBRARY_PATH']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function pipesOf(child: ChildProcess): FfmpegPipes {
  const times = child.stdio[3];
  if (child.stdout === null || !(times instanceof Readable))
    throw new TypeError('ffmpeg was started without its pipes');
  return { stdout: child.stdout, times };
}

function endOf(child: ChildProcess): Promise<{ code: number; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new AppError('ffmpeg_missing', 'ffmpeg could not be started; run `npm run setup`.', { cause })),
    );
    child.once('close', (code, signal) => resolve({ code: code ?? 0, signal }));
  });
}

/** Reads to the end, keeps the first 64 KiB: a hostile file can make ffmpeg complain without end. */
async function firstPart(stream: Readable | null): Promise<string> {
  const kept: Buffer[] = [];
  let room = maxLogBytes;
  if (stream === null) return '';
  for await (const chunk of stream) {
    const part = Buffer.from(chunk).subarray(0, room);
    room -= part.length;
    if (part.length > 0) kept.push(part);
  }
  return Buffer.concat(kept).toString('utf8');
}
