import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { errorBody, modelList, videoResource } from '#contract/rest.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

const form = (content: string, field = 'file', name = 'clip.mp4'): FormData => {
  const data = new FormData();
  data.append(field, new Blob([content]), name);
  return data;
};

describe('the HTTP half of the server', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder);
  });
  after(() => server.close());

  const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });
  const post = (path: string, body: FormData | string, type?: string) =>
    fetch(server.url + path, {
      method: 'POST',
      body,
      headers: type === undefined ? {} : { 'content-type': type },
    });

  async function assertRefused(response: Response, status: number, code: string): Promise<void> {
    const text = await response.text();
    assert.equal(response.status, status, text);
    const { error } = errorBody.parse(JSON.parse(text));
    assert.equal(error.code, code);
    assert(!/secret|\n/.test(error.message), error.message);
  }

  test('an uploaded clip can be seen again, and played in parts', async () => {
    const reply = await post('/v1/videos', form('video bytes', 'file', '../é/Ferien 1.mp4'));
    assert.equal(reply.status, 201);
    const video = videoResource.parse(await reply.json());
    assert.deepEqual(
      { ...video, id: '', createdAt: 0 },
      { id: '', name: 'Ferien 1.mp4', bytes: 11, duration: 1.5, width: 64, height: 48, createdAt: 0 },
    );
    assert.equal(reply.headers.get('location'), `/v1/videos/${video.id}`);
    assert.deepEqual(await (await get(`/v1/videos/${video.id}`)).json(), video);

    const part = await get(`/v1/videos/${video.id}/file`, { range: 'bytes=6-8' });
    assert.equal(part.status, 206);
    assert.equal(await part.text(), 'byt');
    assert.equal(part.headers.get('content-type'), 'video/mp4');
    assert.equal(part.headers.get('x-content-type-options'), 'nosniff');
    assert.equal((await get(`/v1/videos/${video.id}/file`, { range: 'bytes=99-' })).status, 416);
    assert.deepEqual(await server.files(), [`${video.id}.clip`]);
  });

  describe('an upload that cannot be taken is refused and removed', () => {
    let files: string[] = [];
    before(async () => {
      files = await server.files();
    });
    afterEach(async () => assert.deepEqual(await server.files(), files));

    test('no video', async () => assertRefused(await post('/v1/videos', form('text')), 422, 'bad_video'));
    test('empty', async () => assertRefused(await post('/v1/videos', form('')), 422, 'bad_video'));
    test('something unforeseen', async () =>
      assertRefused(await post('/v1/videos', form('crash')), 500, 'internal'));
    test('a little too large', async () =>
      assertRefused(await post('/v1/videos', form(`video${'.'.repeat(996)}`)), 413, 'too_large'));
    test('much too large', async () =>
      assertRefused(await post('/v1/videos', form('video'.repeat(1_000_000))), 413, 'too_large'));
    test('in another field', async () =>
      assertRefused(await post('/v1/videos', form('video', 'clip')), 400, 'invalid_request'));
    test('no field at all', async () =>
      assertRefused(await post('/v1/videos', new FormData()), 400, 'invalid_request'));
    test('two clips', async () => {
      const data = form('video');
      data.append('file', new Blob(['video']), 'b.mp4');
      await assertRefused(await post('/v1/videos', data), 400, 'invalid_request');
    });
    test('no form', async () =>
      assertRefused(await post('/v1/videos', 'video', 'video/mp4'), 415, 'unsupported_media'));
    test('a form without a boundary', async () =>
      assertRefused(await post('/v1/videos', 'video', 'multipart/form-data'), 400, 'invalid_request'));
    test('a form that ends early', async () => {
      const cut = '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nvideo';
      await assertRefused(
        await post('/v1/videos', cut, 'multipart/form-data; boundary=x'),
        400,
        'invalid_request',
      );
    });
    test('a sender that goes away', async () => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.write(
        'POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n' +
          'Content-Type: multipart/form-data; boundary=x\r\n\r\n' +
          '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nvideo',
      );
      while ((await server.files()).length === files.length) await pause(5);
      socket.destroy();
      while ((await server.files()).length !== files.length) await pause(5);
    });
  });

  test('what is wrong with a request is said in one form', async () => {
    const unknown = '0'.repeat(32);
    const caption = (body: string) => post('/v1/captions', body, 'application/json');
    await assertRefused(await get(`/v1/videos/${unknown}`), 404, 'not_found');
    await assertRefused(await get(`/v1/videos/${unknown}/file`), 404, 'not_found');
    await assertRefused(await get('/v1/videos/..%2f..%2fetc%2fpasswd/file'), 404, 'not_found');
    await assertRefused(await get('/v1/videos/%ff'), 400, 'invalid_request');
    await assertRefused(await caption(JSON.stringify({ videoId: unknown })), 404, 'not_found');
    await assertRefused(await caption('{"videoId":"x"}'), 400, 'invalid_request');
    await assertRefused(await caption('{'), 400, 'invalid_request');
    await assertRefused(await caption(JSON.stringify('x'.repeat(300_000))), 413, 'too_large');
    await assertRefused(await post('/v1/captions', 'x', 'text/plain'), 400, 'invalid_request');
    await assertRefused(await get('/nowhere'), 404, 'not_found');
    await assertRefused(await get('/sample.mp4'), 404, 'not_found');
    await assertRefused(await get('/v1/models', { origin: 'http://other.example' }), 403, 'forbidden');
  });

  test('health, models and safe headers', async () => {
    assert.deepEqual(await (await get('/healthz')).json(), { status: 'ok' });
    const reply = await get('/v1/models');
    const [model] = modelList.parse(await reply.json()).data;
    assert.equal(model?.id, 'fake');
    assert.equal(model?.video_tokens, 5);
    const policy = reply.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|upgrade-insecure-requests/);
    assert.equal(reply.headers.get('strict-transport-security'), null);
    assert.equal(reply.headers.get('x-powered-by'), null);
    assert.match(reply.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  test('the page says when it is not built, and is served once it is', async () => {
    const missing = await get('/');
    assert.equal(missing.status, 503);
    assert.match(await missing.text(), /npm run setup/);
    await mkdir(join(folder, 'client'));
    await writeFile(join(folder, 'client/index.html'), '<title>page</title>');
    await writeFile(join(folder, 'client/sample.mp4'), 'sample');
    assert.equal(await (await get('/')).text(), '<title>page</title>');
    assert.equal(await (await get('/sample.mp4')).text(), 'sample');
  });
});

test('with a key, nothing but health checks and the page answers without it', async () => {
  const server = await startServer(tempFolder(), { apiKey: 'open-sesame-please' });
  try {
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    assert.equal((await fetch(server.url)).status, 503);
    for (const path of ['/v1/models', '/v1/session', '/docs', '/metrics', '/nowhere']) {
      const refused = await fetch(server.url + path);
      assert.equal(refused.status, 401);
      assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer/);
    }
    const headers = { authorization: 'Bearer open-sesame-please' };
    assert.equal((await fetch(`${server.url}/v1/models`, { headers })).status, 200);
  } finally {
    await server.close();
  }
});
