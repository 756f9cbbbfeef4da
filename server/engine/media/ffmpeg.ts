import type { ChildProcess } from 'node:child_process';
import { access } from 'node:fs/promises';
import { constants } from 'node:os';
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '#errors';
import { findFfmpeg } from './find-ffmpeg.ts';
import { confine, forget, killGroup, start } from './sandbox/sandbox.ts';
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
/** From ffmpeg's exit until its last bytes have been read. */
const lastBytesMs = 5000;

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
 * run at the same time is the caller's concern. Throws `cancelled`, `too_slow`, `bad_video` (it
 * crashed, or printed garbage), `ffmpeg_missing`, and `unsupported` where there is no sandbox.
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
  const { path, read, signal, timeoutMs = defaultTimeoutMs } = job;
  if (!isAbsolute(path)) throw new RangeError('ffmpeg is given absolute paths only');
  signal?.throwIfAborted();
  const program = await findFfmpeg();
  const limits = { cpuSeconds: Math.ceil((timeoutMs / 1000) * ffmpegThreads), memory: maxMemory };
  const launch = await confine({ program, clip: path, limits }, (clip) => commandLine(job, clip));
  signal?.throwIfAborted();

  const child = start(launch);
  const kill = (): void => killGroup(child);
  let isLate = false;
  const clock = setTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const work = Promise.all([read(pipesOf(child)), firstPart(child.stderr)]);
    const [outcome, end] = await Promise.all([
      work.then(
        ([value, log]) => ({ value, log }),
        (error: unknown) => {
          kill();
          return { error };
        },
      ),
      endOf(child),
    ]);
    const isKilled = end.signal === 'SIGKILL' && !('error' in outcome);
    if (isLate || isKilled || end.signal === 'SIGXCPU' || ('log' in outcome && saysKilled(outcome.log))) {
      throw new AppError('too_slow', 'The video takes too long to decode; try a shorter or smaller one.');
    }
    if ('error' in outcome) throw asClipFault(outcome.error);
    if (end.signal !== null)
      throw new AppError('bad_video', 'The video is damaged: it made the decoder crash.');
    if (end.code !== 0) await checkStarted(outcome.log, program, path);
    return { ...outcome, exitCode: end.code };
  } finally {
    clearTimeout(clock);
    signal?.removeEventListener('abort', kill);
    kill();
  }
}

/** Unreadable output counts as the fault of a damaged clip. */
function asClipFault(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return new AppError('bad_video', 'The video is damaged: the decoder gave no list of its frames.', {
    cause: error,
  });
}

function commandLine({ inputs, output }: FfmpegJob<unknown>, clip: string): string[] {
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
  const opened = inputs.flatMap((options) => [...lists, ...bounds, ...options, '-i', `file:${clip}`]);
  return [...quiet, '-max_alloc', `${maxAllocation}`, ...opened, ...output];
}

function pipesOf(child: ChildProcess): FfmpegPipes {
  const times = child.stdio[3];
  if (child.stdout === null || !(times instanceof Readable))
    throw new TypeError('ffmpeg was started without its pipes');
  return { stdout: child.stdout, times };
}

interface End {
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves once the pipes are closed too. A program that ffmpeg has left behind may keep them open: it is ended. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    let clock: NodeJS.Timeout | undefined;
    child.once('error', (cause) =>
      reject(new AppError('ffmpeg_missing', 'ffmpeg could not be started; run `npm run setup`.', { cause })),
    );
    child.once('exit', () => {
      clock = setTimeout(() => {
        killGroup(child);
        for (const pipe of child.stdio) pipe?.destroy();
      }, lastBytesMs);
    });
    child.once('close', (code, signal) => {
      clearTimeout(clock);
      resolve(signal === null ? endOfCode(code ?? 0) : { code: code ?? 0, signal });
    });
  });
}

/** Shells and bubblewrap report an end by a signal as code 128 plus its number, which is no exit code of ffmpeg's own. */
function endOfCode(code: number): End {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return { code, signal: isSignal(signal) ? signal : null };
}

function isSignal(name: string | undefined): name is NodeJS.Signals {
  return name !== undefined && name in constants.signals;
}

/** unshare of util-linux 2.38 ends with these words, and no signal, where its child was killed: SIGKILL has no handler to reset. */
function saysKilled(log: string): boolean {
  return /^unshare: (sigprocmask unblock|signal) failed/m.test(log);
}

/** Throws `not_found` for a clip that is gone, `ffmpeg_missing` where one of the programs before ffmpeg could not start the next. */
async function checkStarted(log: string, program: string, path: string): Promise<void> {
  if (!/^(bwrap|prlimit|unshare|sh|mount|chroot|setpriv): /.test(log)) return;
  await access(path).catch((cause: unknown) => {
    throw new AppError('not_found', 'The clip is not there any more.', { cause });
  });
  forget(program);
  const cause = new Error(`${program}: ${log.slice(0, 4096)}`);
  throw new AppError('ffmpeg_missing', 'ffmpeg could not be started; run `npm run setup`.', { cause });
}

/** Reads to the end, keeps the first 64 KiB: a hostile file can make ffmpeg complain without end. */
async function firstPart(stream: Readable | null): Promise<string> {
  const parts: Buffer[] = [];
  let room = maxLogBytes;
  if (stream === null) return '';
  for await (const chunk of stream) {
    const part = Buffer.from(chunk).subarray(0, room);
    room -= part.length;
    if (part.length > 0) parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
