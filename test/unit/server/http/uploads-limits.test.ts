import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { startServer } from '#bench/scripted/running-server.ts';
import { assertRefused, bytes, rawTus } from './raw-tus.ts';

const GiB = 2 ** 30;

describe('unfinished uploads of one client', () => {
  const folder = tempFolder();

  test('are bounded in number, also after a restart; one that ends makes room', async () => {
    const options = { maxUploadBytes: GiB, uploadLimits: { maxCount: 3, maxBytes: 0 } };
    let server = await startServer(folder, options);
    const { ask, create, append, begin } = rawTus(() => server.url);
    const [first] = [await begin(5), await begin(5), await begin(5)];
    await assertRefused(await create(5), 403, 'quota_exceeded');
    await server.close();
    server = await startServer(folder, options);
    try {
      await assertRefused(await create(5), 403, 'quota_exceeded');
      assert.equal((await ask('DELETE', first)).status, 204);
      const next = await begin(5);
      await assertRefused(await create(5), 403, 'quota_exceeded');
      // a whole one is unfinished no more
      const reply = await append(next, 0, 'video', bytes);
      assert.equal(reply.status, 204);
      await begin(5);
    } finally {
      await server.close();
    }
  });

  test('are bounded in the bytes that they announce, however many ask at once', async () => {
    const own = join(folder, 'bytes');
    const server = await startServer(own, {
      maxUploadBytes: GiB,
      uploadLimits: { maxCount: 0, maxBytes: 25 },
    });
    const { create } = rawTus(() => server.url);
    try {
      const replies = await Promise.all(Array.from({ length: 20 }, () => create(10)));
      const statuses = replies.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 201).length, 2);
      assert.equal(statuses.filter((status) => status === 403).length, 18);
    } finally {
      await server.close();
    }
  });

  test('a folder that went away is the fault of the server, and told as that', async () => {
    const own = join(folder, 'gone');
    const server = await startServer(own);
    try {
      await rm(join(own, 'clips'), { recursive: true });
      const body = new FormData();
      body.append('file', new Blob(['video']), 'clip.mp4');
      const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
      await assertRefused(reply, 503, 'storage_unusable');
    } finally {
      await server.close();
    }
  });
});
