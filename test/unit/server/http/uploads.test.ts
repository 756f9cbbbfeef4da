import assert from 'node:assert/strict';
import { readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Upload, type UploadOptions } from 'tus-js-client';
import { z } from 'zod';
import { videoResource } from '#contract/rest.ts';
import { AppError } from '#errors';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';
import { assertRefused, rawTus } from './raw-tus.ts';

describe('/v1/uploads', () => {
  const folder = tempFolder();
  const uploads = join(folder, 'uploads');
  let server: RunningServer;
  const start = async () => {
    server = await startServer(folder, { maxUploadBytes: 2 ** 50 });
  };
  before(start);
  after(() => server.close());
  afterEach(async () => {
    for (const name of await readdir(uploads)) await rm(join(uploads, name));
  });

  const { ask, create, append, begin, offsetOf } = rawTus(() => server.url);

  /** Sends the start of a new upload's bytes, and goes on to nothing; resolves once it is on disk. */
  async function sendPart(path: string, length: number, part: string): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(
      `PATCH /v1/uploads${path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n` +
        `Content-Type: application/offset+octet-stream\r\nContent-Length: ${length}\r\n\r\n${part}`,
    );
    while ((await stat(join(uploads, path))).size < part.length) await pause(5);
    return socket;
  }

  describe('with the client of the protocol', () => {
    /** Runs to the end, or until `onChunkComplete` has had enough of it. */
    function send(content: string, options: UploadOptions = {}): Promise<{ url: string; videoId: string }> {
      return new Promise((resolve, reject) => {
        const upload = new Upload(Buffer.from(content), {
          endpoint: `${server.url}/v1/uploads`,
          chunkSize: 8,
          retryDelays: null,
          metadata: { filename: 'clip.mp4', filetype: 'video/mp4' },
          onError: reject,
          onSuccess: ({ lastResponse }) =>
            resolve({ url: upload.url ?? '', videoId: lastResponse.getHeader('X-Video-Id') ?? '' }),
          ...options,
        });
        upload.start();
      });
    }

    test('a clip in pieces becomes a video, and the same bytes again the same', async () => {
      const { url, videoId } = await send('video that comes in many pieces', {
        metadata: { filename: '../é/Ferien\u0007 1.mp4' },
      });
      const video = videoResource.parse(await (await fetch(`${server.url}/v1/videos/${videoId}`)).json());
      assert.equal(video.name, 'Ferien 1.mp4');
      const file = await fetch(`${server.url}/v1/videos/${videoId}/file`);
      assert.equal(await file.text(), 'video that comes in many pieces');

      assert.deepEqual(await (await fetch(url)).json(), { videoId });
      const again = await send('video that comes in many pieces', { chunkSize: Number.POSITIVE_INFINITY });
      assert.equal(again.videoId, videoId);
      assert.notEqual(again.url, url);
      assert.equal((await stat(join(folder, 'clips', `${videoId}.clip`))).mode & 0o777, 0o600);
      // nothing of the bytes is left here
      assert.deepEqual(
        (await readdir(uploads)).filter((name) => !/\.(json|done)$/.test(name)),
        [],
      );
    });

    test('an upload goes on after the sender stopped and the server was started anew', async () => {
      const content = 'video that is broken off in the middle';
      const path = await new Promise<string>((resolve, reject) => {
        const upload = new Upload(Buffer.from(content), {
          endpoint: `${server.url}/v1/uploads`,
          chunkSize: 8,
          onError: reject,
          onChunkComplete: (_size, accepted) => {
            if (accepted < 16) return;
            const path = new URL(upload.url ?? '').pathname;
            upload.abort().then(() => resolve(path), reject);
          },
        });
        upload.start();
      });
      await server.close();
      await start();

      const offsets: number[] = [];
      const { videoId } = await send(content, {
        uploadUrl: server.url + path,
        onChunkComplete: (_size, accepted) => offsets.push(accepted),
      });
      assert((offsets[0] ?? 0) > 16, `${offsets}`);
      const file = await fetch(`${server.url}/v1/videos/${videoId}/file`);
      assert.equal(await file.text(), content);
    });
  });

  test('what came before the sender went away is kept', async () => {
    const path = await begin(20);
    const socket = await sendPart(path, 20, 'video by');
    socket.destroy();
    assert.equal(await offsetOf(path), 8);
    const last = await append(path, 8, ' halves more');
    assert.equal(last.status, 204);
    assert.equal(last.headers.get('upload-offset'), '20');
    assert.match(last.headers.get('x-video-id') ?? '', /^[0-9a-f]{32}$/);
  });

  test('a sender that comes back takes over from its earlier, silent connection', async () => {
    const path = await begin(11);
    const silent = await sendPart(path, 11, 'video');
    const answered = new Promise<string>((resolve) => silent.once('data', (data) => resolve(`${data}`)));
    assert.equal(await offsetOf(path), 5);
    assert.match(await answered, /^HTTP\/1\.1 204 .*upload-offset: 5/is);
    silent.destroy();
  });

  test('two senders at once do not mix their bytes', async () => {
    const content = `video ${'of one and the other '.repeat(5000)}`;
    const path = await begin(content.length);
    const replies = await Promise.all([append(path, 0, content), append(path, 0, content)]);
    for (const { status } of replies) assert([204, 409].includes(status), `${status}`);
    const offset = await offsetOf(path);
    if (offset < content.length) await append(path, offset, content.slice(offset));
    const { videoId } = z.object({ videoId: z.string() }).parse(await (await ask('GET', path)).json());
    const file = await fetch(`${server.url}/v1/videos/${videoId}/file`);
    assert.equal(await file.text(), content);
  });

  test('a sender that lost the last answer can ask for the video', async () => {
    const path = await begin(11);
    await assertRefused(await ask('GET', path), 409, 'conflict');
    const reply = await append(path, 0, 'video bytes');
    const videoId = reply.headers.get('x-video-id');
    const head = await ask('HEAD', path);
    assert.equal(head.headers.get('upload-offset'), '11');
    assert.equal(head.headers.get('upload-length'), '11');
    assert.equal(head.headers.get('x-video-id'), videoId);
    assert.deepEqual(await (await ask('GET', path)).json(), { videoId });
    await assertRefused(await append(path, 11, ''), 409, 'conflict');
    // and a later server still knows
    await server.close();
    await start();
    assert.deepEqual(await (await ask('GET', path)).json(), { videoId });
  });

  test('a whole upload that could not be looked at is looked at when asked for', async () => {
    const path = await begin(11);
    const { probe } = server.engine;
    server.engine.probe = () => Promise.reject(new AppError('busy', 'Too many at once.'));
    await assertRefused(await append(path, 0, 'video later'), 503, 'busy');
    assert.equal(await offsetOf(path), 11);
    server.engine.probe = probe;
    const reply = await (await ask('GET', path)).json();
    assert.deepEqual(Object.keys(reply), ['videoId']);
  });

  test('whoever asks while the clip is looked at waits for that one look', async () => {
    const { engine } = server;
    const { probe } = engine;
    let looks = 0;
    const doors: (() => void)[] = [];
    engine.probe = async (path) => {
      looks++;
      await new Promise<void>((resolve) => doors.push(resolve));
      return probe.call(engine, path);
    };
    const duringLook = async (method: string) => {
      const path = await begin(11);
      const last = append(path, 0, 'video bytes');
      while (doors.length === 0) await pause(1);
      const asked = ask(method, path);
      await pause(20);
      for (const open of doors.splice(0)) open();
      return Promise.all([last, asked]);
    };
    const [last, asked] = await duringLook('GET');
    assert.deepEqual(await asked.json(), { videoId: last.headers.get('x-video-id') });
    const replies = await duringLook('DELETE');
    assert.deepEqual([replies[0].status, replies[1].status], [204, 204]);
    assert.equal(looks, 2);
    engine.probe = probe;
  });

  test('a clip that is refused leaves nothing', async () => {
    const path = await begin(4);
    const files = await server.files();
    await assertRefused(await append(path, 0, 'text'), 422, 'bad_video');
    await assertRefused(await ask('GET', path), 404, 'not_found');
    assert.deepEqual(await readdir(uploads), []);
    assert.deepEqual(await server.files(), files);
    const other = await begin(5);
    await assertRefused(await append(other, 0, 'audio'), 415, 'unsupported_media');
    await assertRefused(await ask('GET', other), 404, 'not_found');
    await assertRefused(await create(0), 422, 'bad_video');
    assert.deepEqual(await readdir(uploads), []);
  });

  test('something unforeseen is said to be so, and no more', async () => {
    const path = await begin(5);
    await assertRefused(await append(path, 0, 'crash'), 500, 'internal');
    assert.equal(await offsetOf(path), 5);
  });

  test('an upload that is ended is gone, the video it became is not', async () => {
    const path = await begin(11);
    await append(path, 0, 'video');
    assert.equal((await ask('DELETE', path)).status, 204);
    assert.deepEqual(await readdir(uploads), []);
    await assertRefused(await append(path, 5, ' bytes'), 404, 'not_found');
    await assertRefused(await ask('DELETE', path), 404, 'not_found');

    const whole = await begin(11);
    const videoId = (await append(whole, 0, 'video kept.')).headers.get('x-video-id');
    assert.equal((await ask('DELETE', whole)).status, 204);
    assert.deepEqual(await readdir(uploads), []);
    assert.equal((await fetch(`${server.url}/v1/videos/${videoId}`)).status, 200);
  });

  test('a full disk is said to be full, before and while bytes come', async () => {
    await assertRefused(await create(2 ** 49), 507, 'storage_full');
    assert.deepEqual(await readdir(uploads), []);
    const path = await begin(11);
    await rm(join(uploads, path));
    await symlink('/dev/full', join(uploads, path));
    await assertRefused(await append(path, 0, 'video bytes'), 507, 'storage_full');
  });

  test('an upload that stood still for a day is swept at the next start, others are not', async () => {
    const old = await begin(11, { 'upload-metadata': 'filename b2xkLm1wNA==' });
    const done = await begin(11);
    await append(done, 0, 'video bytes');
    const fresh = await begin(11);
    const dayAgo = new Date(Date.now() - 25 * 3_600_000);
    for (const path of [old, done]) {
      for (const name of (await readdir(uploads)).filter((name) => `/${name}`.startsWith(path))) {
        await utimes(join(uploads, name), dayAgo, dayAgo);
      }
    }
    await append(fresh, 0, 'video');
    await utimes(join(uploads, `${fresh}.json`), dayAgo, dayAgo);
    await writeFile(join(uploads, 'not-ours'), '');
    await server.close();
    await start();
    while ((await readdir(uploads)).length > 4) await pause(5);
    const id = fresh.slice(1);
    assert.deepEqual(
      (await readdir(uploads)).toSorted(),
      [id, `${id}.json`, `${id}.owner`, 'not-ours'].toSorted(),
    );
    assert.equal(await offsetOf(fresh), 5);
  });
});
