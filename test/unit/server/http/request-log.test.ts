import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import { videoResource } from '#contract/rest.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const lineShape = z.object({
  msg: z.string(),
  method: z.string().optional(),
  path: z.string().optional(),
  status: z.number().optional(),
  from: z.string().optional(),
  key: z.string().optional(),
});

describe('the log of requests', () => {
  const folder = tempFolder();
  const lines = new PassThrough().setEncoding('utf8');
  let text = '';
  let server: RunningServer;
  before(async () => {
    lines.on('data', (more: string) => {
      text += more;
    });
    server = await startServer(folder, { log: pino(lines) });
  });
  after(() => server.close());

  /** The lines so far, once one has these words. */
  async function linesWith(words: string) {
    while (!text.includes(words)) await once(lines, 'data');
    return text
      .split('\n')
      .filter((line) => line.includes(words))
      .map((line) => lineShape.parse(JSON.parse(line)));
  }

  test('says who asked for what, from where, and what came of it', async () => {
    const { id, key } = server.keys.create('log');
    const headers = { authorization: `Bearer ${key}` };
    const search = { ...headers, 'content-type': 'application/json' };
    await fetch(`${server.url}/v1/videos?limit=3`, { headers });
    await fetch(`${server.url}/v1/search`, { method: 'POST', headers: search, body: '{"query":"xyzzy"}' });
    const [list] = await linesWith('/v1/videos');
    assert.deepEqual(
      [list?.method, list?.path, list?.status, list?.key, typeof list?.from],
      ['GET', '/v1/videos', 200, id, 'string'],
    );
    const [found] = await linesWith('/v1/search');
    assert.deepEqual([found?.method, found?.path, found?.key], ['POST', '/v1/search', id]);
  });

  test('says so too where somebody was not let in', async () => {
    await fetch(`${server.url}/v1/models`, { headers: { authorization: 'Bearer wrong-plugh' } });
    const [refused] = await linesWith('/v1/models');
    assert.deepEqual(
      [refused?.path, refused?.status, refused?.key, typeof refused?.from],
      ['/v1/models', 401, undefined, 'string'],
    );
  });

  test('has the requests of connections, and no words, queries or keys anywhere', async () => {
    const { id, key } = server.keys.create('socket');
    const headers = { authorization: `Bearer ${key}` };
    const body = new FormData();
    body.append('file', new Blob(['video']), 'frobozz.mp4');
    const uploaded = await fetch(`${server.url}/v1/videos`, { method: 'POST', headers, body });
    const client = new TestClient(server.url, { extraHeaders: headers });
    try {
      const conversation = await client.open(videoResource.parse(await uploaded.json()).id);
      await client.request('conversation:rename', {
        conversationId: conversation.conversationId,
        title: 'quux',
      });
    } finally {
      client.socket.disconnect();
    }
    const [renamed] = await linesWith('conversation:rename');
    assert.deepEqual([renamed?.msg, renamed?.key], ['a request was answered', id]);
    for (const secret of [key, 'wrong-plugh', 'xyzzy', 'frobozz', 'quux', 'limit=3']) {
      assert(!text.includes(secret), secret);
    }
  });
});
