import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { probe } from '#engine/media/probe.ts';
import { sampleFrames } from '#engine/media/sample.ts';
import type { Frame } from '#engine/types.ts';
import { countedClip, ffmpeg, numberOf, temporaryFolder } from './counted-clips.ts';

const folder = await temporaryFolder();
const file = (name: string): string => join(folder, name);

async function sampleFile(path: string, frames: number): Promise<Frame[]> {
  return await sampleFrames(await probe(path), { frames, imageSize: 32 });
}

/** Frame numbers and times against what they must be; a container rounds times to its own ticks. */
function assertSampled(
  sampled: Frame[],
  numbers: number[],
  timeOf: (n: number) => number,
  tolerance = 0.002,
): void {
  assert.deepEqual(sampled.map(numberOf), numbers);
  for (const [i, frame] of sampled.entries()) {
    const expected = timeOf(numbers[i] ?? -1);
    assert.ok(
      Math.abs(frame.time - expected) <= tolerance,
      `frame ${numbers[i]}: ${frame.time}, not ${expected}`,
    );
  }
}

/** A GIF keeps exact greys only with a palette made for them. */
const palette = 'split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none';

describe('every container gives the frames at the segment centres', async () => {
  // 40 frames at 10 a second, 8 segments of 5 frames: the middle of the first is second 0.25, on frame 2.
  const numbers = [2, 7, 12, 17, 22, 27, 32, 37];
  before(() => countedClip(file('40.mp4'), 40, 10));

  const containers: Record<string, string[]> = {
    mp4: ['-c', 'copy'],
    mov: ['-c', 'copy'],
    mkv: ['-c', 'copy'],
    ts: ['-c', 'copy'],
    flv: ['-c', 'copy'],
    avi: ['-c:v', 'mpeg4', '-q:v', '2'],
    wmv: ['-c:v', 'wmv2', '-q:v', '2'],
    webm: [
      '-c:v',
      'libvpx',
      '-b:v',
      '1M',
      '-auto-alt-ref',
      '1',
      '-lag-in-frames',
      '10',
      '-deadline',
      'realtime',
    ],
    ogv: ['-c:v', 'libtheora', '-q:v', '9'],
    gif: ['-vf', palette],
  };
  for (const [extension, options] of Object.entries(containers)) {
    test(extension, async () => {
      const path = file(`40-copy.${extension}`);
      await ffmpeg('-i', file('40.mp4'), ...options, path);
      assertSampled(await sampleFile(path, 8), numbers, (n) => n / 10);
    });
  }
});

test('variable frame rate: the frame on the screen at each centre, with its own time', async () => {
  // 40 frames in the first 2 seconds, then one frame each second for 8 seconds.
  await countedClip(file('48.mp4'), 48, 10);
  const timeOf = (n: number): number => (n < 40 ? n / 20 : n - 38);
  for (const name of ['vfr.mkv', 'vfr.mp4']) {
    const rate = ['-vf', "setpts='if(lt(N,40),N/20,N-38)/TB'", '-fps_mode', 'passthrough'];
    await ffmpeg('-i', file('48.mp4'), ...rate, '-enc_time_base', '1:1000', file(name));
    // The last frame comes at 9 seconds and lasts as long as the first ones or not much longer, so the centres of
    // 5 segments are a little after 0.9, 2.7, 4.5, 6.3 and 8.1.
    assertSampled(await sampleFile(file(name), 5), [18, 40, 42, 44, 46], timeOf);
  }
});

test('a rotated clip comes upright', async () => {
  const upright = await countedClip(file('upright.mp4'), 10, 10);
  // Frame 9: left half 55, right half 10. A quarter turn clockwise brings the left half to the top.
  const bytes = await readFile(upright);
  const matrix = bytes.indexOf('tkhd') - 4 + 48;
  [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000].forEach((value, i) => {
    bytes.writeInt32BE(value, matrix + 4 * i);
  });
  await writeFile(file('rotated.mp4'), bytes);
  const clip = await probe(file('rotated.mp4'));
  assert.deepEqual([clip.width, clip.height], [32, 64]);
  const frame = (await sampleFrames(clip, { frames: 10, imageSize: 32 })).at(-1);
  assert.ok(frame);
  assert.deepEqual([frame.width, frame.height], [32, 64]);
  const top = frame.rgb[(10 * 32 + 16) * 3] ?? 0;
  const bottom = frame.rgb[(54 * 32 + 16) * 3] ?? 0;
  assert.ok(Math.abs(top - 55) < 4 && Math.abs(bottom - 10) < 4, `top ${top}, bottom ${bottom}`);
});

test('pixels that are not square are made so', async () => {
  await countedClip(file('square.mp4'), 3, 10);
  await ffmpeg('-i', file('square.mp4'), '-vf', 'setsar=2', '-c:v', 'libx264', file('wide.mp4'));
  const clip = await probe(file('wide.mp4'));
  assert.deepEqual([clip.width, clip.height], [128, 32]);
});

test('one picture is a clip: each of the frames is that picture', async () => {
  await countedClip(file('1.mp4'), 1, 10);
  await ffmpeg('-i', file('1.mp4'), '-vf', palette, file('1.gif'));
  await ffmpeg('-i', file('1.mp4'), '-c:v', 'png', file('1.mov'));
  await ffmpeg('-i', file('1.mp4'), file('1.png'));
  for (const name of ['1.mp4', '1.gif', '1.mov', '1.png']) {
    assertSampled(await sampleFile(file(name), 3), [0, 0, 0], () => 0);
  }
});

test('a clip of fewer frames than asked for repeats some in order', async () => {
  await countedClip(file('3.mp4'), 3, 10);
  const seen: string[] = [];
  const clip = await probe(file('3.mp4'));
  const onProgress = (done: number, total: number): void => void seen.push(`${done}/${total}`);
  const sampled = await sampleFrames(clip, { frames: 8, imageSize: 32, onProgress });
  assertSampled(sampled, [0, 0, 0, 1, 1, 2, 2, 2], (n) => n / 10);
  assert.deepEqual(seen, ['1/3', '2/3', '3/3']);
});

test('large pictures are shrunk on the way, small ones are left as they are', async () => {
  await countedClip(file('small.mp4'), 2, 10);
  await ffmpeg('-i', file('small.mp4'), '-vf', 'scale=2048:1024', file('large.mp4'));
  const [large] = await sampleFile(file('large.mp4'), 1);
  assert.deepEqual([large?.width, large?.height], [512, 256]);
  const [small] = await sampleFile(file('small.mp4'), 1);
  assert.deepEqual([small?.width, small?.height], [64, 32]);
});

describe('a long clip is sampled by seeks', async () => {
  // 1405 frames, one each half second, with a keyframe every two minutes; 3 segments of 468 and a third.
  const numbers = [234, 702, 1170];
  before(() => countedClip(file('long.mp4'), 1405, 2));

  for (const name of ['long.mp4', 'long-copy.mkv', 'long-copy.ts']) {
    test(name, async () => {
      if (name !== 'long.mp4') await ffmpeg('-i', file('long.mp4'), '-c', 'copy', file(name));
      assertSampled(await sampleFile(file(name), 3), numbers, (n) => n / 2);
    });
  }

  test('of which the sound goes on for longer than the pictures', async () => {
    const sound = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:d=900', '-c:a', 'aac', '-b:a', '8k'];
    await ffmpeg('-i', file('long.mp4'), ...sound, '-c:v', 'copy', file('sound.mp4'));
    assertSampled(await sampleFile(file('sound.mp4'), 3), numbers, (n) => n / 2);
  });
});

test('a declared length that is a lie costs nothing', async () => {
  await countedClip(file('honest.mp4'), 40, 10);
  await ffmpeg('-i', file('honest.mp4'), '-c', 'copy', '-live', '1', file('lie.mkv'));
  for (const declared of [4_000_000, 1]) {
    const bytes = await readFile(file('honest.mp4'));
    // Version 0 of each: mvhd and mdhd hold the length 24 bytes into the box, tkhd 28.
    for (const [box, offset] of [
      ['mvhd', 20],
      ['tkhd', 24],
      ['mdhd', 20],
    ] as const) {
      bytes.writeUInt32BE(declared, bytes.indexOf(box) + offset);
    }
    await writeFile(file('lie.mp4'), bytes);
    assertSampled(await sampleFile(file('lie.mp4'), 4), [5, 15, 25, 35], (n) => n / 10);
  }
  assertSampled(await sampleFile(file('lie.mkv'), 4), [5, 15, 25, 35], (n) => n / 10);
});
