import type { Readable } from 'node:stream';
import { explainFailure } from './explain-failure.ts';
import { spawnFfmpeg } from './ffmpeg.ts';
import { timesFromStart } from './list-video-frames.ts';

/** Pictures a second: a cut is found to a quarter of one. */
export const miniatureRate = 4;
/** Enough to tell scenes apart; 1.5 kB a picture. */
const [width, height] = [32, 16] as const;
const bytes = width * height * 3;
/** A clip may take as long as it plays on a machine that is busy with other work, and no less than this. */
const minTimeoutMs = 120_000;

export interface MiniatureRequest {
  /** Seconds: from where on, and of the whole clip. */
  readonly start: number;
  readonly end: number;
  /** Called with each picture, which is the callee's, and its second. */
  readonly onPicture: (picture: Uint8Array, time: number) => void;
  readonly signal: AbortSignal;
}

/**
 * A clip in miniature: small pictures at an even rate, in one pass over the file and constant memory. Throws as
 * `spawnFfmpeg`, and `no_video_frames` where nothing can be decoded.
 */
export async function streamMiniatures(path: string, request: MiniatureRequest): Promise<void> {
  const { start, end, onPicture, signal } = request;
  const seek = start > 0 ? ['-ss', start.toFixed(6)] : [];
  // averages, so that noise does not count; a still stretch is filled with its picture
  const filters = `fps=${miniatureRate}:start_time=${start.toFixed(6)},scale=${width}:${height}:flags=area,format=rgb24`;
  let count = 0;
  const { log } = await spawnFfmpeg({
    path,
    inputs: [[...seek, ...timesFromStart, '-skip_loop_filter', 'all']],
    output: ['-map', '0:V:0', '-vf', filters, '-f', 'rawvideo', 'pipe:1'],
    read: async ({ stdout, times }) => {
      times.resume();
      for await (const picture of pictures(stdout)) {
        onPicture(picture, start + count / miniatureRate);
        count += 1;
      }
    },
    timeoutMs: Math.max(minTimeoutMs, (end - start) * 1000),
    signal,
  });
  if (count === 0 && start === 0) throw explainFailure(log);
}

async function* pictures(stream: Readable): AsyncGenerator<Uint8Array> {
  let current = new Uint8Array(bytes);
  let filled = 0;
  for await (const chunk of stream) {
    let rest: Buffer = Buffer.from(chunk);
    while (rest.length > 0) {
      const part = rest.subarray(0, bytes - filled);
      current.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < bytes) break;
      yield current;
      current = new Uint8Array(bytes);
      filled = 0;
    }
  }
}
