import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { errorBody, filmstrip, type VideoResource, videoList, videoResource } from '#contract/rest.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

describe('/v1/videos', () => {
  const folder = tempFolder();
  let server: RunningServer;
  before(async () => {
    server = await startServer(folder, { maxUploadBytes: 10_000_000 });
  });
  after(() => server.close());

  const videos = (path = '', init: RequestInit = {}) => fetch(`${server.url}/v1/videos${path}`, init);
  async function upload(content: string, name = 'clip.mp4'): Promise<VideoResource> {
    const body = new FormData();
    body.append('file', new Blob([content]), name);
    const reply = await videos('', { method: 'POST', body });
    assert.equal(reply.status, 201);
    return videoResource.parse(await reply.json());
  }
  const list = async (query = '') => videoList.parse(await (await videos(query)).json());
  async function codeOf(reply: Response): Promise<[number, string]> {
    return [reply.status, errorBody.parse(await reply.json()).error.code];
  }

  test('lists the newest first, a page at a time; the same bytes are one clip', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    const uploaded: VideoResource[] = [];
    for (const name of names) uploaded.push(await upload(`video ${name}`, name));
    assert.deepEqual(await upload('video two', 'again'), uploaded[1]);

    const newest = uploaded.toReversed();
    assert.deepEqual(await list(), { videos: newest, next: null });
    const seen: VideoResource[] = [];
    let pages = 0;
    let next: number | null = Number.MAX_SAFE_INTEGER;
    for (; next !== null; pages++) {
      const page = await list(`?limit=2&before=${next}`);
      seen.push(...page.videos);
      next = page.next;
    }
    assert.equal(pages, 3);
    assert.deepEqual(seen, newest);
  });

  test('a list of what cannot be is refused', async () => {
    for (const query of [
      '?limit=0',
      '?limit=201',
      '?limit=x',
      '?limit=1.5',
      '?before=-1',
      '?before=a&before=b',
    ]) {
      assert.deepEqual(await codeOf(await videos(query)), [400, 'invalid_request'], query);
    }
  });

  test('a clip is played in parts, whatever part is asked for', async () => {
    const { id } = await upload('video 0123456789');
    const part = async (range: string) => {
      const reply = await videos(`/${id}/file`, { headers: { range } });
      return [reply.status, reply.headers.get('content-range'), await reply.text()];
    };
    const whole = await videos(`/${id}/file`);
    assert.equal(whole.headers.get('accept-ranges'), 'bytes');
    assert.equal(await whole.text(), 'video 0123456789');
    assert.deepEqual(await part('bytes=6-9'), [206, 'bytes 6-9/16', '0123']);
    assert.deepEqual(await part('bytes=14-'), [206, 'bytes 14-15/16', '89']);
    assert.deepEqual(await part('bytes=-3'), [206, 'bytes 13-15/16', '789']);
    assert.deepEqual(await part('bytes=14-99'), [206, 'bytes 14-15/16', '89']);
    assert.deepEqual(await part('frames=1-2'), [200, null, 'video 0123456789']);
    const beyond = await videos(`/${id}/file`, { headers: { range: 'bytes=16-' } });
    assert.equal(beyond.headers.get('content-range'), 'bytes */16');
    assert.deepEqual(await codeOf(beyond), [416, 'invalid_request']);
  });

  test('the frames the model looks at, with their times', async () => {
    const { id } = await upload('video strip');
    const strip = async (query: string) =>
      filmstrip.parse(await (await videos(`/${id}/frames${query}`)).json()).frames;
    const frames = await strip('?frames=3');
    assert.deepEqual(
      frames.map(({ time }) => time),
      [0, 0.5, 1],
    );
    assert.equal((await strip('')).length, 4);
    const part = await strip('?frames=2&start=0.5&end=1.5');
    assert.deepEqual(
      part.map(({ time }) => time),
      [0.5, 1],
    );
    for (const [n, { time, url }] of [...frames.entries(), ...part.entries()]) {
      const reply = await fetch(`${server.url}${url}`);
      assert.equal(reply.headers.get('content-type'), 'image/jpeg');
      assert.equal(reply.headers.get('x-frame-time'), `${time}`);
      assert.equal(await reply.text(), `picture ${n}`);
    }
    for (const name of ['3.jpg', 'x.jpg', '-1.jpg', '0.png', '..%2f0.jpg', '0.jpg.jpg']) {
      assert.deepEqual(
        await codeOf(await videos(`/${id}/frames/${name}?frames=3`)),
        [404, 'not_found'],
        name,
      );
    }
    for (const query of ['frames=0', 'start=-1', 'end=x', 'start=1&start=2']) {
      assert.deepEqual(await codeOf(await videos(`/${id}/frames?${query}`)), [400, 'invalid_request'], query);
    }
    assert.deepEqual(await codeOf(await videos(`/${'0'.repeat(32)}/frames`)), [404, 'not_found']);
  });

  test('a removed clip is gone, for all but who is playing it', async () => {
    const content = `video ${'x'.repeat(8_000_000)}`;
    const { id } = await upload(content);
    const playing = await videos(`/${id}/file`);
    assert.equal((await videos(`/${id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await playing.text()).length, content.length);

    for (const path of [`/${id}`, `/${id}/file`]) {
      assert.deepEqual(await codeOf(await videos(path)), [404, 'not_found']);
    }
    assert.deepEqual(await codeOf(await videos(`/${id}`, { method: 'DELETE' })), [404, 'not_found']);
    assert.deepEqual(await codeOf(await videos('/..%2fx', { method: 'DELETE' })), [404, 'not_found']);
    assert(!(await server.files()).some((name) => name.startsWith(id)));
    assert.equal((await upload(content)).id, id);
  });
});
