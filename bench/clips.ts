import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawClip, splitRandom } from '#models/world/dataset.ts';
import { renderShots } from '#models/world/render.ts';
import { writeMp4 } from '#cli/write-mp4.ts';
import { findFfmpeg } from '#engine/media/find-ffmpeg.ts';

const run = promisify(execFile);

/** Two seconds of the demo world, 240 x 240 at 24 frames a second. */
export async function worldClip(folder: string, signal: AbortSignal): Promise<string> {
  const path = join(folder, 'world.mp4');
  const scene = drawClip(splitRandom('test', 0));
  const shots = Array.from({ length: 48 }, (_, index) => ({ scene, time: (index + 0.5) / 48 }));
  await writeMp4(await renderShots(shots, 240), { width: 240, height: 240, fps: 24, path, signal });
  return path;
}

/** A moving test picture of ffmpeg's, H.264 at 24 frames a second with a keyframe every two seconds. */
export async function testClip(
  folder: string,
  { size, seconds }: { readonly size: string; readonly seconds: number },
  signal: AbortSignal,
): Promise<string> {
  const path = join(folder, `${size}-${seconds}.mp4`);
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=24:duration=${seconds}`];
  const coding = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '48', '-pix_fmt', 'yuv420p'];
  await ffmpeg([...source, ...coding, path], signal);
  return path;
}

/** `clip` shown `times` times over, its pictures copied as they are. */
export async function repeatClip(clip: string, times: number, signal: AbortSignal): Promise<string> {
  const path = clip.replace(/\.mp4$/, `-x${times}.mp4`);
  await ffmpeg(['-stream_loop', `${times - 1}`, '-i', clip, '-c', 'copy', path], signal);
  return path;
}

async function ffmpeg(args: readonly string[], signal: AbortSignal): Promise<void> {
  await run(await findFfmpeg(), ['-nostdin', '-v', 'error', '-y', ...args], { signal });
}
