import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { captionReply, filmstrip, videoResource } from '#contract/rest.ts';
import { searchReply } from '#contract/search.ts';
import { findFfmpeg } from '#engine/media/find-ffmpeg.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { startServer } from '#cli/spawn-server.ts';
import { writeWorldClip } from './world-clip.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

/** A program that counts its runs in a file before it becomes ffmpeg, and a PATH without the tools that would confine it. */
async function countingFfmpeg(
  folder: string,
): Promise<{ settings: Record<string, string>; runs(): Promise<number> }> {
  const [path, script, log] = [join(folder, 'bin'), join(folder, 'ffmpeg.sh'), join(folder, 'runs')];
  await mkdir(path);
  await symlink('/bin/sh', join(path, 'sh'));
  await writeFile(log, '');
  const lines = [
    '#!/bin/sh',
    `[ "$1" = -version ] || echo run >> '${log}'`,
    `PATH='${process.env['PATH']}' exec '${await findFfmpeg()}' "$@"`,
  ];
  await writeFile(script, `${lines.join('\n')}\n`, { mode: 0o755 });
  return {
    settings: { FFMPEG_BIN: script, PATH: path },
    runs: async () => (await readFile(log, 'utf8')).split('\n').length - 1,
  };
}

describe('a clip is decoded once', { timeout: 300_000 }, () => {
  const folder = tempFolder();

  test('upload, index, caption and film strip take two ffmpeg processes, a second question none', async () => {
    const { settings, runs } = await countingFfmpeg(folder);
    const clip = join(folder, 'clip.mp4');
    await writeWorldClip(1, clip);
    const server = await startServer(smallPackage, { ...settings, ALLOW_UNSANDBOXED: '1' });
    try {
      const post = (path: string, body: object) =>
        fetch(`${server.url}${path}`, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        });
      const form = new FormData();
      form.append('file', new Blob([await readFile(clip)]), basename(clip));
      const uploaded = await fetch(`${server.url}/v1/videos`, { method: 'POST', body: form });
      const { id: videoId, duration } = videoResource.parse(await uploaded.json());
      assert.equal(duration, 2);
      assert.ok((await runs()) >= 1, 'the runs are counted');

      const caption = captionReply.parse(await (await post('/v1/captions', { videoId })).json());
      const strip = await fetch(`${server.url}/v1/videos/${videoId}/frames`);
      const { frames } = filmstrip.parse(await strip.json());
      const search = async () =>
        searchReply.parse(await (await post('/v1/search', { query: 'a shape' })).json());
      while ((await search()).pending > 0) await pause(50);
      assert.deepEqual(
        frames.map(({ time }) => time),
        caption.receipt?.clips[0]?.frames,
      );
      assert.equal(await runs(), 2);

      await post('/v1/captions', { videoId, prompt: 'Which way does it move?' });
      assert.equal(await runs(), 2);
    } finally {
      await server.stop();
    }
  });
});
