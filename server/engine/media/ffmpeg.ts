import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import PQueue from 'p-queue';
import { AppError } from '#errors';
import { confinement } from './confinement.ts';
import { findFfmpeg } from './find-ffmpeg.ts';

/** 8K (7680 x 4320): the largest picture anything is decoded at. */
const maxPixels = 33_177_600;
/** Films on discs have a few dozen: sound and subtitles in many languages. */
const maxStreams = 64;
const maxAllocation = 256 * 2 ** 20;
const maxMemory = 3 * 2 ** 30;
const threads = 2;
const defaultTimeoutMs = 120_000;

/** Containers with no way to name another file. Lists (hls, concat, dash) and picture sequences (image2) are left out. */
const demuxers =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,gif,apng,png_pipe,jpeg_pipe,webp_pipe';
/** Picture decoders only: sound is never decoded, so no bug in a sound decoder can be reached. */
const decoders = [
  'h264,hevc,av1,libdav1d,libaom-av1,vp8,vp9,libvpx,libvpx-vp9,theora,mpeg4,msmpeg4,msmpeg4v1,msmpeg4v2,h263,flv',
  'vp6,vp6a,vp6f,mpeg1video,mpeg2video,mjpeg,png,apng,gif,webp,prores,dnxhd,dvvideo,qtrle,rawvideo,ffv1,huffyuv,cinepak',
].join();

/** Where the pictures come from: a file somebody sent (hostile), or raw RGB frames of our own (trusted). */
export type FfmpegInput =
  | { readonly kind: 'file'; readonly path: string; readonly options: readonly string[] }
  | {
      readonly kind: 'frames';
      readonly options: readonly string[];
      readonly frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
    };

export interface FfmpegPipes {
  /** `pipe:1`. */
  readonly stdout: Readable;
  /** `pipe:3`. */
  readonly times: Readable;
}

export interface FfmpegJob<T> {
  readonly input: FfmpegInput;
  /** Everything after the input. */
  readonly output: readonly string[];
  /** Must read both pipes to their end; what it throws ends the process. */
  readonly read: (pipes: FfmpegPipes) => Promise<T>;
  /** Largest file it may write, in bytes; 0 unless told: reading a clip writes none. */
  readonly fileSize?: number;
  /** Wall clock in milliseconds, 2 minutes unless told. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface FfmpegResult<T> {
  readonly value: T;
  /** 0, or what ffmpeg ended with: a damaged file may still have given useful output. */
  readonly exitCode: number;
  /** What ffmpeg wrote to stderr, its first 64 KiB. */
  readonly log: string;
}

/** Each process uses up to `threads` threads; more of them at once would only take memory. */
const slots = new PQueue({ concurrency: Math.max(2, Math.ceil(availableParallelism() / threads)) });

/**
 * The one place an ffmpeg is started. Runs it confined and within limits, at most a few at a time, and ends it at once
 * on abort. Throws `cancelled`, `too_slow`, `bad_video` (it crashed) and `ffmpeg_missing`.
 */
export async function spawnFfmpeg<T>(job: FfmpegJob<T>): Promise<FfmpegResult<T>> {
  const { signal } = job;
  const running: Promise<unknown>[] = [];
  const start = (): Promise<FfmpegResult<T>> => {
    const run = runFfmpeg(job);
    running.push(run);
    return run;
  };
  try {
    return await slots.add(start, signal === undefined ? {} : { signal });
  } catch (error) {
    // The queue rejects as soon as the signal fires; whoever gets the error may count on the process being gone.
    await Promise.allSettled(running);
    if (signal?.aborted) throw new AppError('cancelled', 'The work was cancelled.', { cause: error });
    throw error;
  }
}

async function runFfmpeg<T>(job: FfmpegJob<T>): Promise<FfmpegResult<T>> {
  const binary = await findFfmpeg();
  const timeoutMs = job.timeoutMs ?? defaultTimeoutMs;
  const cpuSeconds = Math.ceil((timeoutMs / 1000) * threads);
  const prefix = await confinement({ cpuSeconds, memory: maxMemory, fileSize: job.fileSize ?? 0 });
  const [command = binary, ...args] = [...prefix, binary, ...commandLine(job)];
  job.signal?.throwIfAborted();

  const child = spawn(command, args, {
    stdio: [job.input.kind === 'frames' ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe'],
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
    const work = Promise.all([job.read(pipesOf(child)), firstPart(child.stderr), feed(child, job.input)]);
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

function commandLine(job: FfmpegJob<unknown>): string[] {
  const { input } = job;
  const common = [
    '-hide_banner',
    '-nostdin',
    '-nostats',
    '-loglevel',
    'info',
    '-max_alloc',
    `${maxAllocation}`,
  ];
  if (input.kind === 'frames') {
    return [...common, ...input.options, '-protocol_whitelist', 'pipe', '-i', 'pipe:0', ...job.output];
  }
  if (!isAbsolute(input.path)) throw new RangeError('ffmpeg is given absolute paths only');
  const lists = ['-protocol_whitelist', 'file', '-format_whitelist', demuxers, '-codec_whitelist', decoders];
  const bounds = ['-max_pixels', `${maxPixels}`, '-max_streams', `${maxStreams}`, '-threads', `${threads}`];
  // `file:` keeps a name such as `concat:...` or `-y` from being anything but a name.
  return [...common, ...lists, ...bounds, ...input.options, '-i', `file:${input.path}`, ...job.output];
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

async function feed(child: ChildProcess, input: FfmpegInput): Promise<void> {
  if (input.kind !== 'frames') return;
  if (child.stdin === null) throw new TypeError('ffmpeg was started without its stdin');
  try {
    await pipeline(Readable.from(input.frames), child.stdin);
  } catch (error) {
    // ffmpeg left early; its exit code and log say why.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
}

/** Reads to the end, keeps the first 64 KiB: a hostile file can make ffmpeg complain without end. */
async function firstPart(stream: Readable | null): Promise<string> {
  const kept: Buffer[] = [];
  let room = 64 * 2 ** 10;
  if (stream === null) return '';
  for await (const chunk of stream) {
    const part = Buffer.from(chunk).subarray(0, room);
    room -= part.length;
    if (part.length > 0) kept.push(part);
  }
  return Buffer.concat(kept).toString('utf8');
}
