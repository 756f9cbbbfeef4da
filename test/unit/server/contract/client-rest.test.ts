import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RestClient } from '#contract/client-rest.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

describe('the REST client', () => {
  const folder = tempFolder();
  let server: RunningServer;
  let rest: RestClient;
  before(async () => {
    server = await startServer(folder, { apiKey: 'a-secret-of-enough-characters' });
    rest = new RestClient({
      url: server.url,
      headers: { authorization: 'Bearer a-secret-of-enough-characters' },
    });
  });
  after(() => server.close());

  test('a clip from upload to removal', async () => {
    const video = await rest.upload('a.mp4', new Blob(['video']));
    assert.equal(video.name, 'a.mp4');
    assert.deepEqual(await rest.video(video.id), video);
    assert.deepEqual(await rest.videos({ limit: 1 }), { videos: [video], next: null });
    assert.equal((await rest.filmstrip(video.id)).frames.length, 4);
    const { caption, videoId } = await rest.caption({ videoId: video.id, prompt: 'one two' });
    assert.deepEqual([caption, videoId], ['onetwo', video.id]);
    await rest.removeVideo(video.id);
    await assert.rejects(rest.video(video.id), { name: 'ClientError', code: 'not_found' });
  });

  test('what the model knows, and what it refuses', async () => {
    const [model] = await rest.models();
    assert.equal(model?.object, 'model');
    await assert.rejects(rest.search({ query: 'a cat' }), { code: 'unsupported' });
    await assert.rejects(rest.match('0'.repeat(32), 'a cat'), { code: 'unsupported' });
    await assert.rejects(rest.caption({ videoId: '0'.repeat(32) }), { code: 'not_found' });
    await assert.rejects(new RestClient({ url: server.url }).models(), { code: 'unauthorized' });
  });

  test('answers of something in between, no answer, and a server that speaks otherwise', async () => {
    const answering = (body: string, status: number) =>
      new RestClient({ fetch: async () => new Response(body, { status }) });
    await assert.rejects(answering('<h1>Bad gateway</h1>', 502).models(), {
      code: 'unexpected_status',
      message: 'The server answered with status 502.',
    });
    await assert.rejects(answering('{"object":"list"}', 200).models(), { code: 'unreadable' });
    const cause = new TypeError('fetch failed');
    const broken = new RestClient({ fetch: () => Promise.reject(cause) });
    await assert.rejects(broken.models(), { code: 'unreachable', cause });
    const stop = AbortSignal.abort();
    await assert.rejects(rest.models(stop), { code: 'unreachable' });
  });
});
