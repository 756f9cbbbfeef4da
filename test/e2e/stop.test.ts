import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { writeRandomPackage } from '#test/helpers/random-package.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { videoResource } from '#contract/rest.ts';
import { writeBadClips } from './bad-clips.ts';

/** SIGTERM in the middle of everything, on a real process whose model never comes to an end by itself. */
describe('a server that is told to end', { timeout: 300_000 }, () => {
  const folder = tempFolder();
  const modelPackage = join(folder, 'package');
  before(async () => {
    await writeBadClips(folder);
    await writeRandomPackage(modelPackage);
  });

  async function upload(server: ServerProcess): Promise<string> {
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(await readFile(join(folder, 'good.mp4')))]), 'a.mp4');
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    return videoResource.parse(await reply.json()).id;
  }
  const post = (server: ServerProcess, path: string, body: object) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('ends every stream with an event that says so, and exits with 0', async () => {
    const server = await startServer(modelPackage);
    const client = new TestClient(server.url);
    try {
      const videoId = await upload(server);
      const models: unknown = await (await fetch(`${server.url}/v1/models`)).json();
      const model = /"id":"([^"]+)"/.exec(JSON.stringify(models))?.[1];
      const content = [
        { type: 'video_url', video_url: { url: `video://${videoId}` } },
        { type: 'text', text: 'What is it?' },
      ];
      const chat = { model, max_tokens: 4000, messages: [{ role: 'user', content }] };
      const talk = await client.open(videoId);
      const streams = await Promise.all([
        post(server, '/v1/chat/completions', { ...chat, stream: true }),
        post(server, '/v1/captions', { videoId, max_tokens: 4000, stream: true }),
      ]);
      const whole = post(server, '/v1/chat/completions', chat);
      const sent = await client.request('message:send', {
        conversationId: talk.conversationId,
        parentId: null,
        text: 'What is it?',
        key: 'the first question',
        videoIds: [videoId],
        settings: { maxTokens: 4000 },
      });
      const last = client.end(sent.answer);
      const readers = streams.map((reply) => {
        assert.ok(reply.body);
        return reply.body.pipeThrough(new TextDecoderStream()).getReader();
      });
      // each has sent something
      const first = await Promise.all(readers.map((reader) => reader.read()));
      const ended = server.end();
      const rest = await Promise.all(
        readers.map(async (reader, n) => {
          let text = first[n]?.value ?? '';
          for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
          return text;
        }),
      );
      assert.match(rest[0] ?? '', /data: \{"error":\{"code":"busy"[^\n]*\n\ndata: \[DONE\]\n\n$/);
      assert.match(rest[1] ?? '', /event: error\ndata: [^\n]*"code":"busy"[^\n]*\n\n$/);
      const end = await last;
      assert.equal(end.type === 'error' && end.code, 'interrupted');
      assert.equal((await whole).status, 503);
      assert.equal(await ended, 0);
    } finally {
      client.socket.disconnect();
      await server.stop();
    }
  });
});
