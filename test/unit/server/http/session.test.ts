import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { videoResource } from '#contract/rest.ts';
import { sessionReply } from '#contract/session.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';
import { assertRefused } from './raw-tus.ts';

const apiKey = 'key-of-the-settings';
const origin = 'https://app.example.org';

describe('/v1/session', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    const access = { allowedOrigins: [origin], trustedProxies: ['loopback'] };
    server = await startServer(folder, { apiKey, access });
  });
  after(() => server.close());

  const logIn = (key: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ key }),
    });
  const cookieOf = (reply: Response) => (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const ask = (method: string, path: string, headers: Record<string, string>) =>
    fetch(`${server.url}${path}`, { method, headers });

  test('logs a browser in with a key, says who it is, and logs it out', async () => {
    const { key, userId } = server.keys.create('Ann');
    const reply = await logIn(key);
    assert.equal(reply.status, 200);
    assert.match(
      reply.headers.get('set-cookie') ?? '',
      /^stan_llava_session=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
    const session = sessionReply.parse(await reply.json());
    assert.deepEqual([session.user, session.role], [{ id: userId, name: 'Ann' }, 'member']);
    const cookie = cookieOf(reply);
    assert.deepEqual(await (await ask('GET', '/v1/session', { cookie })).json(), session);
    assert.equal((await ask('GET', '/v1/models', { cookie })).status, 200);

    await assertRefused(await ask('DELETE', '/v1/session', { cookie }), 403, 'forbidden');
    const csrf = { cookie, 'x-csrf-token': session.csrfToken ?? '' };
    const out = await ask('DELETE', '/v1/session', csrf);
    assert.equal(out.status, 204);
    assert.match(out.headers.get('set-cookie') ?? '', /^stan_llava_session=; .*Expires=Thu, 01 Jan 1970/);
    await assertRefused(await ask('GET', '/v1/session', { cookie }), 401, 'unauthorized');
  });

  test('takes no wrong key, and says nothing of who has one', async () => {
    await assertRefused(await logIn('wrong'), 401, 'unauthorized');
    for (const key of ['', 7, 'x'.repeat(501)]) await assertRefused(await logIn(key), 400, 'invalid_request');
    await assertRefused(await ask('GET', '/v1/session', {}), 401, 'unauthorized');
    await assertRefused(await logIn(apiKey, { origin: 'http://other.example' }), 403, 'forbidden');
    await assertRefused(await logIn(apiKey, { 'sec-fetch-site': 'cross-site' }), 403, 'forbidden');
  });

  test('marks the cookie as secure behind a proxy that speaks TLS', async () => {
    const reply = await logIn(apiKey, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '8.8.8.8' });
    assert.match(reply.headers.get('set-cookie') ?? '', /; HttpOnly; Secure; SameSite=Strict$/);
  });

  test('tells a program with a key who it is, without a token', async () => {
    const reply = await ask('GET', '/v1/session', { authorization: `Bearer ${apiKey}` });
    const { role, csrfToken } = sessionReply.parse(await reply.json());
    assert.deepEqual([role, csrfToken], ['admin', null]);
  });

  test('opens the socket, which closes when it ends', async () => {
    const reply = await logIn(apiKey);
    const { csrfToken } = sessionReply.parse(await reply.json());
    const cookie = cookieOf(reply);
    const client = new TestClient(server.url, { extraHeaders: { cookie, origin: server.url } });
    try {
      await client.request('conversation:list', {});
      const closed = new Promise<string>((resolve) => client.socket.once('disconnect', resolve));
      await ask('DELETE', '/v1/session', { cookie, 'x-csrf-token': csrfToken ?? '' });
      assert.equal(await closed, 'io server disconnect');
    } finally {
      client.socket.disconnect();
    }
    const foreign = new TestClient(server.url, { extraHeaders: { cookie, origin: 'http://other.example' } });
    await new Promise((resolve) => foreign.socket.once('connect_error', resolve));
  });

  test('of a key that may read only changes nothing', async () => {
    const member = server.keys.create('Bob');
    const body = new FormData();
    body.append('file', new Blob(['video']), 'a.mp4');
    const upload = (key: string) =>
      fetch(`${server.url}/v1/videos`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body });
    const { id } = videoResource.parse(await (await upload(member.key)).json());

    const { key } = server.keys.create('Bob', { role: 'read-only' });
    const authorization = `Bearer ${key}`;
    assert.equal((await ask('GET', `/v1/videos/${id}`, { authorization })).status, 200);
    await assertRefused(await upload(key), 403, 'forbidden');
    for (const [method, path] of [
      ['DELETE', `/v1/videos/${id}`],
      ['POST', '/v1/captions'],
      ['POST', '/v1/chat/completions'],
      ['POST', '/v1/uploads'],
      ['POST', '/V1/videos'],
      ['POST', `/v1/videos/${id}/match/../../x`],
    ] as const) {
      const headers = { authorization, 'upload-length': '9', 'tus-resumable': '1.0.0' };
      assert.equal((await ask(method, path, headers)).status, 403, path);
    }
    // a search reads, though it is a POST
    await assertRefused(await ask('POST', '/v1/search', { authorization }), 400, 'invalid_request');
    const client = new TestClient(server.url, { extraHeaders: { authorization } });
    try {
      await client.request('conversation:list', {});
      assert.equal((await client.send('video:prepare', { videoId: id })).error.code, 'forbidden');
    } finally {
      client.socket.disconnect();
    }
  });

  test('two users do not see each other’s clips, an admin sees both', async () => {
    const upload = async (key: string, text: string) => {
      const body = new FormData();
      body.append('file', new Blob([text]), 'a.mp4');
      const headers = { authorization: `Bearer ${key}` };
      const sent = await fetch(`${server.url}/v1/videos`, { method: 'POST', headers, body });
      return videoResource.parse(await sent.json()).id;
    };
    const cat = server.keys.create('Cat').key;
    const dan = server.keys.create('Dan').key;
    const id = await upload(cat, 'video of Cat');
    const both = await upload(cat, 'video of both');
    assert.equal(await upload(dan, 'video of both'), both);
    const as = (key: string) => ({ authorization: `Bearer ${key}` });
    const status = async (key: string, method: string, path: string) =>
      (await ask(method, `/v1/videos/${path}`, as(key))).status;
    for (const path of [id, `${id}/file`, `${id}/frames`, `${id}/frames/0.jpg`]) {
      assert.equal(await status(cat, 'GET', path), 200, path);
      assert.equal(await status(dan, 'GET', path), 404, path);
      assert.equal(await status(apiKey, 'GET', path), 200, path);
    }
    assert.equal(await status(dan, 'DELETE', id), 404);
    const list = await (await ask('GET', '/v1/videos', as(dan))).text();
    assert(!list.includes(id) && list.includes(both));
    for (const [path, body] of [
      ['/v1/captions', { videoId: id }],
      [
        '/v1/chat/completions',
        {
          model: 'fake',
          messages: [
            {
              role: 'user',
              content: [
                { type: 'video_url', video_url: { url: `video://${id}` } },
                { type: 'text', text: 'What?' },
              ],
            },
          ],
        },
      ],
    ] as const) {
      const headers = { ...as(dan), 'content-type': 'application/json' };
      const reply = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      await assertRefused(reply, 404, 'not_found');
    }
    // what one takes away, the other keeps
    assert.equal(await status(dan, 'DELETE', both), 204);
    assert.equal(await status(dan, 'GET', both), 404);
    assert.equal(await status(cat, 'GET', `${both}/file`), 200);
  });

  test('lets browser programs of allowed origins ask, and read what they are told', async () => {
    const preflight = await ask('OPTIONS', '/v1/chat/completions', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /Authorization/);
    assert.equal(preflight.headers.get('access-control-allow-credentials'), null);
    const reply = await ask('GET', '/v1/models', { origin, authorization: `Bearer ${apiKey}` });
    assert.deepEqual([reply.status, reply.headers.get('access-control-allow-origin')], [200, origin]);
    // without a key it reads why
    const refused = await ask('GET', '/v1/models', { origin });
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [401, origin]);
    const other = await ask('GET', '/v1/models', { origin: 'http://other.example' });
    assert.equal(other.headers.get('access-control-allow-origin'), null);
  });
});
