import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { errorBody, videoResource } from '#contract/rest.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

/** Who comes in, over HTTP and over the socket. */
describe('the door', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder);
  });
  after(() => server.close());

  async function connects(headers: Record<string, string>): Promise<boolean> {
    const { socket } = new TestClient(server.url, { extraHeaders: headers });
    try {
      return await new Promise((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('connect_error', () => resolve(false));
      });
    } finally {
      socket.disconnect();
    }
  }
  /** As any program may send it, not as fetch would. */
  async function statusFor(headers: Record<string, string>, path = '/v1/models'): Promise<number> {
    const sent = request(`${server.url}${path}`, { headers }).end();
    const [reply] = await once(sent, 'response');
    reply.resume();
    return reply.statusCode;
  }

  test('a host name that is not ours is refused over both, whatever else is said', async () => {
    for (const host of ['rebound.example', 'rebound.example:3000', '10.0.0.1', 'localhost@evil.example']) {
      assert.equal(await statusFor({ host }), 403, host);
      assert.equal(await connects({ host }), false, host);
    }
    assert.equal(await statusFor({ host: 'rebound.example' }, '/healthz'), 200);
    assert.equal(await statusFor({ host: 'localhost:1' }), 200);
  });

  test('a key that is made shuts everybody else out at once, for good', async () => {
    const { id, key } = server.keys.create('test');
    const authorization = `Bearer ${key}`;
    for (const path of ['/v1/models', '/v1/videos', '/metrics', '/openapi.json', '/docs']) {
      assert.equal(await statusFor({}, path), 401, path);
    }
    assert.equal(await connects({}), false);
    assert.equal(await statusFor({ authorization }), 200);
    assert.equal(await connects({ authorization }), true);
    for (const wrong of [`${authorization}x`, key, 'Bearer']) {
      assert.equal(await statusFor({ authorization: wrong }), 401, wrong);
      assert.equal(await connects({ authorization: wrong }), false, wrong);
    }
    server.keys.revoke(id);
    assert.throws(() => server.keys.revoke(id), { code: 'not_found' });
    // taking the last key back does not open the server
    assert.equal(await statusFor({}), 401);
    assert.equal(await connects({}), false);
  });
});

describe('a key that is taken back', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder, { apiKey: 'of-the-settings!' });
  });
  after(() => server.close());

  test('opens nothing, and the connections it had opened are closed; the others stay', async () => {
    const { id, key } = server.keys.create('test');
    const extraHeaders = { authorization: `Bearer ${key}` };
    const [revoked, other] = [extraHeaders, { authorization: 'Bearer of-the-settings!' }].map(
      (headers) => new TestClient(server.url, { extraHeaders: headers }),
    );
    assert(revoked && other);
    try {
      for (const client of [revoked, other]) await client.request('conversation:list', {});
      const closed = new Promise<string>((resolve) => revoked.socket.once('disconnect', resolve));
      server.keys.revoke(id);
      assert.equal(await closed, 'io server disconnect');
      assert.equal((await fetch(`${server.url}/v1/models`, { headers: extraHeaders })).status, 401);
      await other.request('conversation:list', {});
    } finally {
      for (const client of [revoked, other]) client.socket.disconnect();
    }
  });

  test('ends an answer that is being streamed, and the work for it', async () => {
    const { id, key } = server.keys.create('test');
    const headers = { authorization: `Bearer ${key}` };
    const body = new FormData();
    body.append('file', new Blob(['video']), 'a.mp4');
    const uploaded = await fetch(`${server.url}/v1/videos`, { method: 'POST', headers, body });
    const { id: videoId } = videoResource.parse(await uploaded.json());
    const request = JSON.stringify({ videoId, prompt: 'one ... never', stream: true });
    const reply = await fetch(`${server.url}/v1/captions`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: request,
    });
    assert.equal(reply.status, 200);
    while (server.engine.answering === 0) await new Promise(setImmediate);
    server.keys.revoke(id);
    await assert.rejects(reply.text());
    while (server.engine.answering > 0) await new Promise(setImmediate);
  });

  test('ends a session that polls, in the middle of its handshake too', async () => {
    const { id, key } = server.keys.create('test');
    const headers = { authorization: `Bearer ${key}` };
    const polling = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const opened = await (await fetch(polling, { headers })).text();
    const { sid } = z.object({ sid: z.string() }).parse(JSON.parse(opened.slice(1)));
    // the id of the session alone opens nothing
    assert.equal((await fetch(`${polling}&sid=${sid}`, { method: 'POST', body: '40' })).status, 400);
    server.keys.revoke(id);
    // the session goes by its key, not by its id
    const post = await fetch(`${polling}&sid=${sid}`, { method: 'POST', headers, body: '40' });
    const get = await fetch(`${polling}&sid=${sid}`, { headers });
    assert.deepEqual([post.ok, get.ok], [false, false]);
  });
});

describe('the rate of one client', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder, { requestsPerMinute: 4 });
  });
  after(() => server.close());

  test('too much is refused with the time to wait, over HTTP and the socket, for this client alone', async () => {
    const body = new FormData();
    body.append('file', new Blob(['video']), 'a.mp4');
    const uploaded = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    const { id: videoId } = videoResource.parse(await uploaded.json());
    const client = new TestClient(server.url);
    try {
      await client.open(videoId);
      assert.equal((await fetch(`${server.url}/v1/models`)).status, 200);

      const refused = await fetch(`${server.url}/v1/models`);
      assert.equal(refused.status, 429);
      const wait = Number(refused.headers.get('retry-after'));
      assert(wait >= 1 && wait <= 60);
      const { code, type } = errorBody.parse(await refused.json()).error;
      assert.deepEqual([code, type], ['rate_limited', 'rate_limit_error']);
      const reply = await client.send('video:prepare', { videoId });
      assert.equal(reply.error.code, 'rate_limited');
      assert.equal((await client.send('conversation:list', {})).error.code, 'rate_limited');
      // what only ends something is still answered
      await client.request('video:cancel', { videoId });
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200);

      const { key, id } = server.keys.create('another');
      const other = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
      assert.equal(other.status, 200);
      server.keys.revoke(id);
    } finally {
      client.socket.disconnect();
    }
  });
});

describe('health and metrics', () => {
  const folder = tempFolder();
  const trouble: { error?: Error } = {};
  let server: RunningServer;
  before(async () => {
    const disk = async () => {
      if (trouble.error) throw trouble.error;
    };
    server = await startServer(folder, { readiness: { disk, database: () => undefined } });
  });
  after(() => server.close());

  test('ready, or not and by what; the reason stays here', async () => {
    const ready = await fetch(`${server.url}/readyz`);
    assert.deepEqual([ready.status, await ready.json()], [200, { status: 'ready' }]);
    trouble.error = new Error('/secret/path is full');
    const not = await fetch(`${server.url}/readyz`);
    assert.deepEqual([not.status, await not.json()], [503, { status: 'not ready', failed: ['disk'] }]);
  });

  test('metrics count requests, queues and rows in the form Prometheus reads', async () => {
    await fetch(`${server.url}/nowhere`);
    const reply = await fetch(`${server.url}/metrics`);
    assert.match(reply.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await reply.text();
    assert.match(text, /^stan_llava_http_request_seconds_count\{method="GET",status="404"\} 1$/m);
    assert.match(text, /^stan_llava_queue\{queue="generate",state="waiting"\} 0$/m);
    assert.match(text, /^stan_llava_embedding_rows\{state="total"\} 4$/m);
    for (const line of text.split('\n').filter((one) => one !== '')) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? \S+)$/);
    }
  });

  test('a count that fails fails the one who asked for it, and the server goes on', async () => {
    const { rows } = server.engine;
    Object.defineProperty(server.engine, 'rows', {
      configurable: true,
      get: () => assert.fail('no counts'),
    });
    const { status } = await fetch(`${server.url}/metrics`);
    Object.defineProperty(server.engine, 'rows', { value: rows });
    assert.equal(status, 500);
    assert.equal((await fetch(`${server.url}/metrics`)).status, 200);
  });
});
