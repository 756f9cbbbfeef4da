import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Part } from '../types.ts';
import { explainFailure } from './explain-failure.ts';
import { spawnFfmpeg } from './ffmpeg.ts';

const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20'].concat(
  // a pipe cannot be rewound to write the index
  ['-movflags', 'frag_keyframe+empty_moov', '-f', 'mp4'],
);
/** Seconds of encoding for a second of the result, on a slow machine. */
const slowness = 20;
const minTimeoutMs = 120_000;

/**
 * Writes parts of a clip, one after the other and without sound, as an H.264 mp4 that plays in browsers; a file that is there
 * is replaced when the new one is whole. Throws as `spawnFfmpeg`, and what writing a file throws.
 */
export async function writeParts(
  path: string,
  parts: readonly Part[],
  { out, signal }: { readonly out: string; readonly signal: AbortSignal },
): Promise<void> {
  const target = resolve(out);
  const partial = `${target}.part`;
  const seconds = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  const pictures = parts.map((_, i) => `[${i}:V:0]`).join('');
  const even = 'scale=trunc(iw/2)*2:trunc(ih/2)*2,setsar=1,format=yuv420p';
  try {
    const { exitCode, log } = await spawnFfmpeg({
      path: resolve(path),
      inputs: parts.map(({ start, end }) => ['-ss', start.toFixed(6), '-t', (end - start).toFixed(6)]),
      output: [
        '-filter_complex',
        `${pictures}concat=n=${parts.length}:v=1:a=0,${even}`,
        ...encoding,
        'pipe:1',
      ],
      read: async ({ stdout, times }) => {
        times.resume();
        await pipeline(stdout, createWriteStream(partial));
      },
      timeoutMs: Math.max(minTimeoutMs, 1000 * slowness * seconds),
      signal,
    });
    if (exitCode !== 0) throw explainFailure(log);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}
