import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { videoResource } from '#contract/rest.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type ServerProcess, startServer } from '#cli/spawn-server.ts';
import { type Truth, writeWorldClip } from './world-clip.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const question = 'What colour is it?';

describe('several clips in one conversation', { timeout: 300_000 }, () => {
  const folder = tempFolder();
  const truths: Truth[] = [];
  const ids: string[] = [];
  let server: ServerProcess;
  let client: TestClient;

  before(async () => {
    server = await startServer(smallPackage);
    client = new TestClient(server.url);
    for (const [name, seed] of [
      ['first.mp4', 20_001],
      ['second.mp4', 20_002],
    ] as const) {
      const path = join(folder, name);
      truths.push(await writeWorldClip(seed, path));
      const body = new FormData();
      body.append('file', new Blob([await readFile(path)]), basename(path));
      const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
      ids.push(videoResource.parse(await reply.json()).id);
    }
  });
  after(async () => {
    client?.socket.disconnect();
    await server?.stop();
  });

  test('a question brings a further clip at any turn, which the model reads beside the one before', async () => {
    const [firstId = '', secondId = ''] = ids;
    const talk = await client.open(firstId);
    const first = await client.ask(talk, question);
    assert.ok(first.type === 'done');
    const truth = truths[0]?.questions.find((one) => one.question === question)?.answer;
    assert.equal(first.text, truth);

    talk.videoIds = [secondId];
    const second = await client.ask(talk, question);
    assert.ok(second.type === 'done');
    assert.deepEqual(
      second.receipt?.clips.map(({ videoId }) => videoId),
      ids,
    );
    const { count } = talk.videoTokens;
    assert.ok(second.reusedTokens > count, 'the first clip is not read again');
    assert.ok(second.promptTokens > count, 'the second one is');

    const third = await client.ask(talk, question);
    assert.ok(third.type === 'done');
    assert.ok(third.reusedTokens > 2 * count && third.promptTokens < count, JSON.stringify(third));

    const { conversationId } = talk;
    const clips = async () => {
      const read = await client.request('conversation:read', { conversationId });
      return read.clips.map(({ id, name, video }) => [id, name, video?.duration]);
    };
    assert.deepEqual(await clips(), [
      [firstId, 'first.mp4', 2],
      [secondId, 'second.mp4', 2],
    ]);
    await fetch(`${server.url}/v1/videos/${firstId}`, { method: 'DELETE' });
    assert.deepEqual(await clips(), [
      [firstId, 'first.mp4', undefined],
      [secondId, 'second.mp4', 2],
    ]);
  });
});
