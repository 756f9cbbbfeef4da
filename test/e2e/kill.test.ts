import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message, Replies } from '#contract/chat.ts';
import { videoResource } from '#contract/rest.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { writeRandomPackage } from '#test/helpers/random-package.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { writeBadClips } from './bad-clips.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';

const kills = 20;

/** What a client was told, by message id. */
class Told {
  readonly questions = new Map<string, Message>();
  /** Whole texts of answers whose end was heard. */
  readonly finished = new Map<string, string>();
  readonly conversations = new Set<string>();
  readonly videos = new Set<string>();

  async assertKept(client: TestClient, url: string): Promise<void> {
    for (const id of this.videos) {
      const file = await fetch(`${url}/v1/videos/${id}/file`);
      assert.equal(file.status, 200, `clip ${id}`);
      assert.ok((await file.arrayBuffer()).byteLength > 0);
    }
    const kept = new Map<string, Message>();
    for (const conversationId of this.conversations) {
      const { messages } = await client.request('conversation:read', { conversationId });
      for (const message of messages) kept.set(message.id, message);
    }
    for (const [id, { text, videoIds }] of this.questions) {
      assert.deepEqual([kept.get(id)?.text, kept.get(id)?.videoIds], [text, videoIds], `question ${id}`);
    }
    for (const [id, text] of this.finished) assert.equal(kept.get(id)?.text, text, `answer ${id}`);
    const running = [...kept.values()].filter(({ state }) => state === 'running');
    assert.deepEqual(running, []);
  }
}

describe('a server that is killed', { timeout: 900_000 }, () => {
  const folder = tempFolder();
  const modelPackage = join(folder, 'package');
  const start = (): Promise<ServerProcess> => startServer(modelPackage, { DATA_DIR: join(folder, 'data') });
  before(async () => {
    await writeBadClips(folder);
    await writeRandomPackage(modelPackage);
  });

  it('has at its next start every message, clip and finished answer that it acknowledged', async () => {
    const told = new Told();
    const clip = await readFile(join(folder, 'good.mp4'));
    let firstClip = '';
    for (let kill = 0; kill < kills; kill++) {
      const server = await start();
      const client = new TestClient(server.url);
      try {
        await told.assertKept(client, server.url);
        // the first clip has to be there before anything can be asked about it
        if (kill === 0) firstClip = await upload(server.url, clip, told);
        const work = Promise.allSettled([
          talk(client, firstClip, told),
          upload(server.url, Buffer.concat([clip, Buffer.from(`free ${kill}`)]), told),
        ]);
        await Promise.race([heard(client, randomInt(0, 30)), work]);
        await pause(randomInt(0, 50));
        process.kill(server.pid, 'SIGKILL');
        client.socket.disconnect();
        await work;
      } finally {
        client.socket.disconnect();
        await server.stop();
      }
    }
    const last = await start();
    const client = new TestClient(last.url);
    try {
      await told.assertKept(client, last.url);
      assert.ok(told.questions.size > 0 && told.finished.size > 0, 'the test has to see some');
    } finally {
      client.socket.disconnect();
      await last.stop();
    }
  });
});

/** Resolves when the client has heard so many events: a moment that is as late on a slow machine as on a fast one. */
async function heard({ events }: TestClient, count: number): Promise<void> {
  while (events.length < count) await pause(1);
}

async function upload(url: string, clip: Buffer, told: Told): Promise<string> {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(clip)]), 'good.mp4');
  const reply = await fetch(`${url}/v1/videos`, { method: 'POST', body });
  const { id } = videoResource.parse(await reply.json());
  told.videos.add(id);
  return id;
}

/** Asks and listens until the server is gone, and writes down what it was told. */
async function talk(client: TestClient, videoId: string, told: Told): Promise<void> {
  const { conversation } = await client.request('conversation:create', {});
  const conversationId = conversation.id;
  told.conversations.add(conversationId);
  let parentId: string | null = null;
  for (let turn = 0; client.socket.connected; turn++) {
    const request = { conversationId, parentId, text: `question ${turn}`, key: `question ${turn}` };
    const shown = { videoIds: turn === 0 ? [videoId] : [], settings: { maxTokens: 8 } };
    const sent: Replies['message:send'] = await client.request('message:send', { ...request, ...shown });
    told.questions.set(sent.question.id, sent.question);
    const last = await client.end(sent.answer);
    if (last.type === 'done') told.finished.set(sent.answer.id, last.text);
    parentId = sent.answer.id;
  }
}
