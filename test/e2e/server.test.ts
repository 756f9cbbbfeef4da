import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { captionReply, errorBody, videoResource } from '#contract/rest.ts';
import type { EndEvent } from '#contract/client-conversation.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { writeRandomPackage } from '#test/helpers/random-package.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type BadClip, writeBadClips } from './bad-clips.ts';
import { failToStart, type ServerProcess, startServer } from '#cli/spawn-server.ts';

const question = 'What object is in the video?';
/** Untrained weights never come to an end by themselves. */
const brief = { maxTokens: 6 };

function assertDone(event: EndEvent): asserts event is Extract<EndEvent, { type: 'done' }> {
  assert.equal(event.type, 'done', JSON.stringify(event));
}

describe('the server', { timeout: 600_000 }, () => {
  const folder = tempFolder();
  const modelPackage = join(folder, 'package');
  const clients: TestClient[] = [];
  let server: ServerProcess;
  let badClips: BadClip[];
  let videoId = '';
  let frameCount = 0;

  const connect = (): TestClient => {
    const client = new TestClient(server.url);
    clients.push(client);
    return client;
  };
  const upload = async (path: string) => {
    const body = new FormData();
    body.append('file', new Blob([await readFile(path)]), basename(path));
    return await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
  };
  const storedFiles = () => readdir(join(server.dataDir, 'clips'));

  before(async () => {
    badClips = await writeBadClips(folder);
    const { vision } = await writeRandomPackage(modelPackage);
    frameCount = vision.frames;
    server = await startServer(modelPackage, { MAX_UPLOAD_BYTES: '3000000' });
    const reply = await upload(join(folder, 'good.mp4'));
    assert.equal(reply.status, 201);
    videoId = videoResource.parse(await reply.json()).id;
  });
  after(async () => {
    for (const { socket } of clients) socket.disconnect();
    await server?.stop();
  });

  test('a second question does not evaluate the clip again', async () => {
    const client = connect();
    const talk = await client.open(videoId);
    const { videoTokens, frames } = talk;
    assert.equal(frames.length, frameCount);
    const first = await client.ask(talk, question, brief);
    assertDone(first);
    assert(first.promptTokens >= videoTokens.count, 'the first question comes with the clip');
    assert(first.text.length > 0 && first.timings !== undefined);

    const second = await client.ask(talk, 'What colour is it?', brief);
    assertDone(second);
    assert(second.reusedTokens >= first.promptTokens, JSON.stringify(second));
    assert(second.promptTokens < videoTokens.count, JSON.stringify(second));
  });

  test('two conversations at once answer as each would alone', async () => {
    const [one, two] = [connect(), connect()];
    const alone = await one.ask(await one.open(videoId), question, brief);
    const [a, b] = await Promise.all([one.open(videoId), two.open(videoId, { mode: 'plain' })]);
    const [first, second] = await Promise.all([one.ask(a, question, brief), two.ask(b, question, brief)]);
    assertDone(alone);
    assertDone(first);
    assertDone(second);
    assert.equal(first.text, alone.text);
    const again = await two.ask(await two.open(videoId, { mode: 'plain' }), question, brief);
    assertDone(again);
    assert.equal(second.text, again.text);
  });

  test('a stopped conversation answers the next question', async () => {
    const client = connect();
    const talk = await client.open(videoId);
    const answer = await client.begin(talk, question);
    await client.request('generation:stop', { generationId: answer.generationId });
    assertDone(await client.end(answer));
    const next = await client.ask(talk, question, brief);
    assertDone(next);
    assert.notEqual(next.reason, 'stopped');
    assert(next.text.length > 0);
  });

  test('captions, of a stored clip and of one sent along', async () => {
    const headers = { 'content-type': 'application/json' };
    const stored = await fetch(`${server.url}/v1/captions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ videoId, max_tokens: brief.maxTokens }),
    });
    const { caption, receipt } = captionReply.parse(await stored.json());
    assert(caption.length > 0);
    assert.equal(receipt?.clips[0]?.videoId, videoId);
    const body = new FormData();
    body.append('file', new Blob([await readFile(join(folder, 'good.mp4'))]), 'good.mp4');
    body.append('max_tokens', `${brief.maxTokens}`);
    const sent = await fetch(`${server.url}/v1/captions`, { method: 'POST', body });
    assert.equal(captionReply.parse(await sent.json()).caption, caption);
    assert.equal((await storedFiles()).length, 1);
  });

  test('bad clips are refused in the usual form, and nothing of them stays', async () => {
    const files = await storedFiles();
    await writeFile(join(folder, 'large.mp4'), new Uint8Array(3_000_001));
    const all = [...badClips, { what: 'an upload over the limit', path: join(folder, 'large.mp4') }];
    for (const { what, path } of all) {
      const reply = await upload(path);
      const { error } = errorBody.parse(await reply.json());
      assert(reply.status >= 400 && reply.status < 500, `${what}: ${reply.status} ${error.code}`);
      assert.notEqual(error.code, 'internal', what);
      assert.doesNotMatch(error.message, /\n|\.part|clips\//, what);
    }
    assert.deepEqual(await storedFiles(), files);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  });

  test('bad messages are refused, and the conversation goes on', async () => {
    const client = connect();
    const talk = await client.open(videoId);
    const { conversationId } = talk;
    const long = { conversationId, parentId: null, text: 'x'.repeat(100_000), key: 'much too long' };
    assert.equal((await client.send('message:send', long)).error.code, 'question_too_long');
    const unknown = { videoId: '0'.repeat(32) };
    assert.equal((await client.send('video:prepare', unknown)).error.code, 'not_found');
    // As long as a question may be, yet more than the model can hold: the answer ends with an error, the rest stays.
    const full = await client.ask(talk, 'what colour '.repeat(600).trim());
    assert(full.type === 'error' && full.code === 'context_full', JSON.stringify(full));
    assertDone(await client.ask(talk, question, brief));
  });

  test('a client that leaves in mid-answer leaves the others alone', async () => {
    const leaving = connect();
    await leaving.begin(await leaving.open(videoId), question);
    leaving.socket.disconnect();
    const staying = connect();
    assertDone(await staying.ask(await staying.open(videoId), question, brief));
  });

  test('a start that cannot succeed says why in one line', async () => {
    const changed = join(folder, 'changed');
    await cp(modelPackage, changed, { recursive: true });
    const file = await open(join(changed, 'llm-00002-of-00002.gguf'), 'r+');
    const { size } = await file.stat();
    await file.write(Uint8Array.of(1, 2, 3, 4), 0, 4, size - 4);
    await file.close();

    const settings = { DATA_DIR: join(folder, 'data'), MODEL_PACKAGE: modelPackage };
    const failures: [settings: Record<string, string>, code: number, message: RegExp][] = [
      [{ ...settings, PORT: new URL(server.url).port }, 1, /Port \d+ is taken/],
      [{ ...settings, PORT: 'http' }, 2, /PORT/],
      [{ ...settings, HOST: '0.0.0.0' }, 2, /HOST.*API_KEY/],
      [{ ...settings, MODEL_PACKAGE: join(folder, 'nowhere') }, 1, /model package/],
      [{ ...settings, MODEL_PACKAGE: changed }, 1, /llm-00002-of-00002\.gguf/],
      [{ ...settings, FFMPEG_BIN: join(folder, 'nowhere') }, 1, /ffmpeg/],
    ];
    for (const [settingsOfOne, expected, message] of failures) {
      const { code, stdout, stderr } = await failToStart({ ...settingsOfOne, TMPDIR: folder });
      assert.equal(code, expected, stderr);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
      assert.equal(stdout, '');
    }
    assert.equal(existsSync(join(settings.DATA_DIR, 'run')), false, 'no copy of the model was made');
  });

  test('on SIGTERM it stops what runs, leaves nothing behind and exits with 0', async () => {
    const ending = await startServer(modelPackage);
    try {
      const client = new TestClient(ending.url);
      clients.push(client);
      const body = new FormData();
      body.append('file', new Blob([await readFile(join(folder, 'good.mp4'))]), 'good.mp4');
      const video = await fetch(`${ending.url}/v1/videos`, { method: 'POST', body });
      const { id } = videoResource.parse(await video.json());
      client.socket.emit('video:prepare', { videoId: id });
      while (client.preparations.length === 0) await pause(5);
      assert.equal(await ending.end(), 0);
      // tsx keeps what it compiled.
      const left = await readdir(ending.tempDir);
      assert.deepEqual(
        left.filter((name) => !name.startsWith('tsx-')),
        [],
      );
      assert.deepEqual(await readdir(join(ending.dataDir, 'run')), []);
      assert.deepEqual(await readdir(join(ending.dataDir, 'clips')), [`${id}.clip`]);
    } finally {
      await ending.stop();
    }
  });
});
