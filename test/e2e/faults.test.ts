import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { captionReply, errorBody, videoResource } from '#contract/rest.ts';
import { writeMp4 } from '#cli/write-mp4.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const root = join(import.meta.dirname, '../..');
const modelPackage = smallPackage;

/** Things break around a server that goes on. */
describe('faults', { timeout: 300_000 }, () => {
  const folder = tempFolder();
  const slow = join(folder, 'slow.mp4');
  before(async () => {
    // noise is the hardest to decode: long enough to be caught at it
    const size = { width: 640, height: 360 };
    const frames = Array.from({ length: 120 }, () => randomBytes(size.width * size.height * 3));
    await writeMp4(frames, { ...size, fps: 24, path: slow });
  });

  async function upload(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
    const body = new FormData();
    body.append('file', new Blob([bytes]), 'clip.mp4');
    return fetch(`${url}/v1/videos`, { method: 'POST', body });
  }
  async function stored(url: string, path: string): Promise<string> {
    return videoResource.parse(await (await upload(url, new Uint8Array(await readFile(path)))).json()).id;
  }
  const caption = (url: string, request: object) =>
    fetch(`${url}/v1/captions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
  async function assertServes(url: string): Promise<void> {
    const id = await stored(url, join(root, 'client/public/sample.mp4'));
    assert.match(
      captionReply.parse(await (await caption(url, { videoId: id })).json()).caption,
      /green plane/,
    );
  }

  test('ffmpeg is killed while it reads a clip', { skip: process.platform !== 'linux' }, async () => {
    const server = await startServer(modelPackage);
    try {
      const videoId = await stored(server.url, slow);
      let refused = '';
      for (let frames = 2; frames <= 6 && refused === ''; frames++) {
        const reply = caption(server.url, { videoId, frames });
        // the first one found may be at work for the index, which reads the same clip
        let answered = false;
        const answer = reply.finally(() => {
          answered = true;
        });
        while (!answered) await killFfmpeg(server.pid);
        const body: unknown = await (await answer).json();
        refused = errorBody.safeParse(body).data?.error.code ?? '';
      }
      assert.match(refused, /^(too_slow|bad_video|no_video_frames)$/);
      await assertServes(server.url);
    } finally {
      await server.stop();
    }
  });

  test('a clip is cut short on the disk, before and while it is read', async () => {
    const server = await startServer(modelPackage);
    try {
      const videoId = await stored(server.url, slow);
      const reading = caption(server.url, { videoId, frames: 5 });
      const path = join(server.dataDir, 'clips', `${videoId}.clip`);
      await truncate(path, 100_000);
      const status = (await reading).status;
      assert([200, 415, 422].includes(status), `status ${status}`);
      await truncate(path, 1000);
      const { code } = errorBody.parse(
        await (await caption(server.url, { videoId, frames: 3 })).json(),
      ).error;
      assert.match(code, /^(bad_video|unsupported_media|no_video_frames)$/);
      await rm(path);
      const gone = errorBody.parse(await (await caption(server.url, { videoId, frames: 2 })).json()).error;
      assert.equal(gone.code, 'not_found');
      // the same bytes again bring it back
      assert.equal(await stored(server.url, slow), videoId);
      assert.equal((await caption(server.url, { videoId, frames: 2 })).status, 200);
      await assertServes(server.url);
    } finally {
      await server.stop();
    }
  });

  test('the disk fills up, and has room again', async (context) => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      context.skip('needs the right to mount a small disk');
      return;
    }
    let server: ServerProcess | undefined;
    try {
      server = await startServer(modelPackage, { DATA_DIR: disk });
      const { url } = server;
      const videoId = await stored(url, join(root, 'client/public/sample.mp4'));
      const client = new TestClient(url);
      const talk = await client.open(videoId);
      const first = await client.ask(talk, 'What colour is it?');
      assert(first.type === 'done' && first.text !== '');

      const large = new Uint8Array(80 * 2 ** 20);
      large.set(await readFile(slow));
      // said beforehand, and found out on the way
      for (const refused of [await upload(url, large), await uploadInPieces(url, large)]) {
        const { code } = errorBody.parse(await refused.json()).error;
        assert.deepEqual([refused.status, code], [507, 'storage_full']);
      }
      const files = await readdir(join(disk, 'clips'));
      assert.deepEqual(files, [`${videoId}.clip`], 'nothing half-written stays');
      await assertServes(url);

      await fill(join(disk, 'filler'));
      const full = await client.send('message:send', {
        conversationId: talk.conversationId,
        parentId: talk.lastAnswer?.id,
        text: 'x'.repeat(7000),
        key: randomUUID(),
        settings: { maxTokens: 4 },
      });
      assert.equal(full.error?.code, 'storage_full', JSON.stringify(full));
      assert.equal((await fetch(`${url}/readyz`)).status, 503);

      await rm(join(disk, 'filler'));
      const next = await client.ask(talk, 'What is it?');
      assert(next.type === 'done' && next.text !== '');
      const { messages } = await client.request('conversation:read', { conversationId: talk.conversationId });
      assert.equal(messages[1]?.text, first.text, 'what was answered is kept');
      client.socket.disconnect();
      await assertServes(url);
    } finally {
      await server?.end();
      execFileSync('umount', ['-l', disk]);
      await server?.stop();
    }
  });

  test('more is asked than it takes: some wait, the rest are told when to come back', async () => {
    const server = await startServer(modelPackage, { MAX_WAITING: '1', PARALLEL_CONVERSATIONS: '1' });
    try {
      const videoId = await stored(server.url, join(root, 'client/public/sample.mp4'));
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => caption(server.url, { videoId, temperature: 2, prompt: 'x' })),
      );
      const full = replies.filter(({ status }) => status === 503);
      const served = replies.filter(({ status }) => status === 200);
      assert(served.length >= 2 && full.length >= 1);
      assert.equal(served.length + full.length, 8);
      for (const reply of full) {
        assert.equal(reply.headers.get('retry-after'), '5');
        assert.equal(errorBody.parse(await reply.json()).error.code, 'busy');
      }
      await assertServes(server.url);
    } finally {
      await server.stop();
    }
  });

  test('the server is restarted while people talk: they come back and go on', async () => {
    const dataDir = join(folder, 'restarted');
    const server = await startServer(modelPackage, { DATA_DIR: dataDir });
    const videoId = await stored(server.url, join(root, 'client/public/sample.mp4'));
    const clients = Array.from({ length: 5 }, () => new TestClient(server.url));
    const talks = await Promise.all(clients.map((client) => client.open(videoId)));
    const heard = await Promise.all(
      clients.map(async (client, n) => client.ask(talks[n] ?? assert.fail(), 'What is it?')),
    );
    // these are cut off
    await Promise.all(clients.map((client, n) => client.begin(talks[n] ?? assert.fail(), 'And then?')));
    assert.equal(await server.end(), 0);
    for (const { socket } of clients) socket.disconnect();

    const again = await startServer(modelPackage, { DATA_DIR: dataDir });
    try {
      for (const [n, talk] of talks.entries()) {
        const client = new TestClient(again.url);
        const { messages } = await client.request('conversation:read', {
          conversationId: talk.conversationId,
        });
        assert.equal(messages.length, 4);
        assert.equal(messages[1]?.text, heard[n]?.text);
        assert(messages.every(({ state }) => state !== 'running'));
        const next = await client.ask(talk, 'What colour is it?');
        assert(next.type === 'done');
        assert.match(next.text, /green/);
        client.socket.disconnect();
      }
    } finally {
      await again.stop();
      await server.stop();
    }
  });
});

/** Without saying how long it will be, which fetch cannot do. */
async function uploadInPieces(url: string, bytes: Uint8Array): Promise<Response> {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const sent = request(`${url}/v1/videos`, { method: 'POST', headers });
  sent.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n');
  sent.write(bytes);
  sent.end('\r\n--x--\r\n');
  const [reply] = await once(sent, 'response');
  return new Response(await text(reply), { status: reply.statusCode });
}

/** Kills the first ffmpeg that runs below the process, in its sandbox or not, if one does at this moment. */
async function killFfmpeg(pid: number): Promise<void> {
  const found = await ffmpegBelow(pid);
  if (found === undefined) await pause(2);
  else process.kill(found, 'SIGKILL');
}

async function ffmpegBelow(pid: number): Promise<number | undefined> {
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter((one) => one !== '')) {
      const name = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '');
      const found = name.trim() === 'ffmpeg' ? Number(child) : await ffmpegBelow(Number(child));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Writes until nothing more fits. */
async function fill(path: string): Promise<void> {
  for (const size of [2 ** 20, 2 ** 12]) {
    const piece = new Uint8Array(size);
    try {
      for (;;) await writeFile(path, piece, { flag: 'a' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}
