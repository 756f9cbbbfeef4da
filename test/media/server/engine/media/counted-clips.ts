import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { writeMp4 } from '#cli/write-mp4.ts';
import { findFfmpeg } from '#engine/media/find-ffmpeg.ts';
import type { Frame } from '#engine/types.ts';

const run = promisify(execFile);
const [width, height, step, digits] = [64, 32, 5, 48];

/** A folder of its own for a test file, gone when its tests are done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-llava-frames-'));
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes an mp4 whose frame n says n: as brightness, low digit on the left half, high digit on the right. */
export async function countedClip(path: string, frames: number, fps: number): Promise<string> {
  function* pictures(): Generator<Uint8Array> {
    for (let n = 0; n < frames; n++) {
      const rgb = new Uint8Array(width * height * 3);
      for (let i = 0; i < width * height; i++) {
        const digit = i % width < width / 2 ? n % digits : Math.floor(n / digits);
        rgb.fill(10 + step * digit, i * 3, i * 3 + 3);
      }
      yield rgb;
    }
  }
  await writeMp4(pictures(), { width, height, fps, path });
  return path;
}

/** The number a frame of a counted clip says. */
export function numberOf(frame: Frame): number {
  const digit = (x: number): number => {
    const index = (Math.floor(frame.height / 2) * frame.width + Math.floor(x * frame.width)) * 3;
    return Math.round(((frame.rgb[index] ?? 0) - 10) / step);
  };
  return digit(0.25) + digits * digit(0.75);
}

/** ffmpeg as anybody has it, to make what the tests read. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await run(await findFfmpeg(), ['-v', 'error', '-y', '-nostdin', ...args]);
}
