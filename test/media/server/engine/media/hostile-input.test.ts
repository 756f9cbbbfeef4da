import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { writeMp4 } from '#cli/write-mp4.ts';
import { spawnFfmpeg } from '#engine/media/ffmpeg.ts';
import { findFfmpeg } from '#engine/media/find-ffmpeg.ts';
import { probe } from '#engine/media/probe.ts';
import { sampleFrames } from '#engine/media/sample.ts';
import { AppError, type ErrorCode } from '#errors';
import { countedClip, ffmpeg, numberOf, temporaryFolder } from './counted-clips.ts';

const folder = await temporaryFolder();
const file = (name: string): string => join(folder, name);
const clip = await countedClip(file('clip.mp4'), 40, 10);
after(async () => assert.deepEqual(await children(), [], 'a process was left behind'));

/** Names of the processes this one has started; none where the system does not tell. */
async function children(): Promise<string[]> {
  const list = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '');
  const ids = list.split(' ').filter((id) => id !== '');
  const names = await Promise.all(ids.map((id) => readFile(`/proc/${id}/comm`, 'utf8').catch(() => '')));
  // esbuild belongs to the loader of these tests.
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'esbuild');
}

/** Checks code and text; the text is one line and names no file of ours. */
function refused(code: ErrorCode, message: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    assert.ok(!error.message.includes(folder), error.message);
    return true;
  };
}

test('what is not a file with something in it', async () => {
  await writeFile(file('empty.mp4'), '');
  await mkdir(file('folder.mp4'));
  await assert.rejects(probe(file('empty.mp4')), refused('bad_video', /empty/));
  await assert.rejects(probe(file('folder.mp4')), refused('unsupported_media', /not a file/));
  await assert.rejects(probe(file('nothing.mp4')), refused('not_found', /no such file/));
});

test('what is not a video', async () => {
  await writeFile(file('text.mp4'), 'This is a text.\n'.repeat(500));
  await writeFile(file('zeros.mp4'), Buffer.alloc(100_000));
  await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac', file('audio.mp4'));
  await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'pcm_s16le', file('audio.wav'));
  await assert.rejects(probe(file('text.mp4')), refused('unsupported_media', /not a video/));
  await assert.rejects(probe(file('audio.wav')), refused('unsupported_media', /Sound alone/));
  await assert.rejects(probe(file('zeros.mp4')), refused('unsupported_media', /not a video/));
  await assert.rejects(probe(file('audio.mp4')), refused('no_video_frames', /only sound/));
});

test('lists of other files are not followed', async () => {
  // Each names a good clip beside it: were the list read, the probe would succeed.
  await ffmpeg('-i', clip, '-c', 'copy', file('clip.ts'));
  const hls = `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:4,\n${file('clip.ts')}\n#EXT-X-ENDLIST\n`;
  await writeFile(file('hls.mp4'), hls);
  await writeFile(file('concat.mp4'), "ffconcat version 1.0\nfile 'clip.mp4'\n");
  await ffmpeg('-i', file('concat.mp4'), '-c', 'copy', file('followed.mp4'));
  await assert.rejects(probe(file('hls.mp4')), refused('unsupported_media', /playlists/));
  await assert.rejects(probe(file('concat.mp4')), refused('unsupported_media', /playlists/));
});

test('lists of addresses are not fetched', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const url = `http://127.0.0.1:${address.port}/clip.ts`;
  const lists = {
    'hls-http.mp4': `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:4,\n${url}\n#EXT-X-ENDLIST\n`,
    'concat-http.mp4': `ffconcat version 1.0\nfile '${url}'\n`,
    'dash.mp4': `<?xml version="1.0"?><MPD><Period><BaseURL>${url}</BaseURL></Period></MPD>\n`,
    'sdp.mp4': `v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video ${address.port} RTP/AVP 96\n`,
  };
  for (const [name, text] of Object.entries(lists)) {
    await writeFile(file(name), text);
    await assert.rejects(probe(file(name)), refused('unsupported_media', /not a video|playlists/));
  }
  server.close();
  assert.equal(asked, 0);
});

test('archives with nothing, or with a clip, in them', async () => {
  const emptyZip = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);
  await writeFile(file('empty-zip.mp4'), emptyZip);
  await writeFile(file('gzip.mp4'), gzipSync(Buffer.alloc(10_000_000)));
  await writeFile(file('gzipped-clip.mp4'), gzipSync(await readFile(clip)));
  for (const name of ['empty-zip.mp4', 'gzip.mp4', 'gzipped-clip.mp4']) {
    await assert.rejects(probe(file(name)), refused('unsupported_media', /not a video/));
  }
});

test('a file of a hundred tracks', async () => {
  const tracks = Array.from({ length: 100 }, () => ['-map', '1:a']).flat();
  const sound = ['-f', 'lavfi', '-i', 'sine=d=0.2'];
  await ffmpeg('-i', clip, ...sound, '-map', '0:v', ...tracks, '-c:a', 'pcm_s16le', file('tracks.mkv'));
  await assert.rejects(probe(file('tracks.mkv')), refused('video_too_big', /too many tracks/));
});

test('very many frames in a small file cost no more than their packets', async () => {
  const still = ['-f', 'lavfi', '-i', 'color=size=16x16:rate=1000:duration=30'];
  await ffmpeg(...still, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30000', file('many.mp4'));
  const frames = await sampleFrames(await probe(file('many.mp4')), { frames: 4, imageSize: 32 });
  assert.deepEqual(
    frames.map(({ time }) => Math.round(time)),
    [4, 11, 19, 26],
  );
});

test('a name with a meaning for ffmpeg is only a name', async () => {
  for (const name of ['concat:clip.mp4', '%03d.mp4', '-y.mp4', "it's [0];.mp4"]) {
    const path = await countedClip(file(name), 4, 10);
    assert.equal((await sampleFrames(await probe(path), { frames: 2, imageSize: 32 })).length, 2);
  }
});

test('a picture of 8192 x 8192 in a small file', async () => {
  const flat = ['-f', 'lavfi', '-i', 'color=red:s=8192x8192:r=10', '-frames:v', '1'];
  await ffmpeg(...flat, '-c:v', 'libx264', '-preset', 'ultrafast', file('big.mp4'));
  await assert.rejects(probe(file('big.mp4')), refused('video_too_big', /7680 x 4320/));
});

test('a file cut short', async () => {
  const whole = await readFile(clip);
  const start = whole.indexOf('mdat');
  assert.ok(start > whole.indexOf('moov'), 'the index comes first');
  await writeFile(file('no-index.mp4'), whole.subarray(0, 100));
  await assert.rejects(probe(file('no-index.mp4')), AppError);
  // Half of the pictures are there: those are sampled.
  await writeFile(file('half.mp4'), whole.subarray(0, start + Math.floor((whole.length - start) / 2)));
  const frames = await sampleFrames(await probe(file('half.mp4')), { frames: 4, imageSize: 32 });
  const numbers = frames.map(numberOf);
  assert.deepEqual(
    numbers,
    frames.map((frame) => Math.round(frame.time * 10)),
    'each frame has its own time',
  );
  assert.ok(new Set(numbers).size >= 2 && numbers.every((n) => n < 39), numbers.join());
  // An index without pictures.
  await writeFile(file('none.mp4'), whole.subarray(0, start + 4));
  await assert.rejects(probe(file('none.mp4')), refused('no_video_frames', /no frame/));
});

test('an abort ends the process and says so', async () => {
  const stop = new AbortController();
  const sampling = sampleFrames(await probe(clip), { frames: 8, imageSize: 32, signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(sampling, refused('cancelled', /cancelled/));
  assert.deepEqual(await children(), []);
  await assert.rejects(probe(clip, { signal: AbortSignal.abort() }), refused('cancelled', /cancelled/));
});

test('a process that takes too long is ended', async () => {
  const slow = spawnFfmpeg({
    path: clip,
    inputs: [['-stream_loop', '-1', '-re']],
    output: ['-f', 'framecrc', 'pipe:1'],
    read: async ({ stdout, times }) => {
      stdout.resume();
      times.resume();
    },
    timeoutMs: 300,
  });
  await assert.rejects(slow, refused('too_slow', /too long/));
});

test('a missing ffmpeg is named with what to do', async () => {
  const missing = { FFMPEG_BIN: file('no-ffmpeg') };
  await assert.rejects(findFfmpeg(missing), refused('ffmpeg_missing', /FFMPEG_BIN.*npm run setup/));
});

test('a clip that cannot be written leaves nothing behind', async () => {
  const options = { width: 4, height: 4, fps: 5, path: file('bad.mp4') };
  await assert.rejects(writeMp4([new Uint8Array(48), new Uint8Array(47)], options), /47 bytes, 48 expected/);
  await assert.rejects(writeMp4([], { ...options, width: 5 }), /5 x 4 is not even/);
  const failing = (async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(48);
    throw new Error('the source broke');
  })();
  await assert.rejects(writeMp4(failing, options), /the source broke/);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('bad')),
    [],
  );
});
