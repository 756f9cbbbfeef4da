import { execFile } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '#engine/media/find-ffmpeg.ts';

export interface BadClip {
  readonly what: string;
  readonly path: string;
}

/** Files that claim to be clips and are not ones this server can take; written to `folder`. */
export async function writeBadClips(folder: string): Promise<BadClip[]> {
  const ffmpeg = await findFfmpeg();
  const inFolder = (name: string) => join(folder, name);
  const make = (...args: string[]) => promisify(execFile)(ffmpeg, ['-v', 'error', '-nostdin', '-y', ...args]);
  const text = (name: string, content: string) => writeFile(inFolder(name), content);

  await make('-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1', '-pix_fmt', 'yuv420p', inFolder('good.mp4'));
  const good = await readFile(inFolder('good.mp4'));

  await text('empty.mp4', '');
  await text('text.mp4', 'This is not a video.\n'.repeat(100));
  await make('-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac', inFolder('sound.mp4'));
  await writeFile(inFolder('truncated.mp4'), good);
  // The index comes last in this file: without it no frame can be found.
  await truncate(inFolder('truncated.mp4'), good.length - 400);
  await make(
    '-f',
    'lavfi',
    '-i',
    'testsrc=s=64x64:d=1',
    '-frames:v',
    '0',
    '-f',
    'matroska',
    inFolder('frameless.mkv'),
  );
  await make(
    '-f',
    'lavfi',
    '-i',
    'color=s=8192x8192:d=0.1:r=10',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    inFolder('huge.mp4'),
  );
  await text(
    'hls.mp4',
    `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${inFolder('good.mp4')}\n#EXT-X-ENDLIST\n`,
  );
  await text('list.mp4', `ffconcat version 1.0\nfile ${inFolder('good.mp4')}\n`);

  return [
    { what: 'an empty file', path: inFolder('empty.mp4') },
    { what: 'text', path: inFolder('text.mp4') },
    { what: 'sound alone', path: inFolder('sound.mp4') },
    { what: 'a truncated file', path: inFolder('truncated.mp4') },
    { what: 'no frames', path: inFolder('frameless.mkv') },
    { what: '8192 x 8192', path: inFolder('huge.mp4') },
    { what: 'an HLS list', path: inFolder('hls.mp4') },
    { what: 'an ffconcat list', path: inFolder('list.mp4') },
  ];
}
