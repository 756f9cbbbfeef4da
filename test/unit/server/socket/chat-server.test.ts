import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { videoResource } from '../../../../server/contract.ts';
import { ChatClient } from '../../../helpers/chat-client.ts';
import { tempFolder } from '../../../helpers/temp-folder.ts';
import { type RunningServer, startServer } from '../running-server.ts';

describe('the chat half of the server', () => {
  const folder = tempFolder();
  const clients: ChatClient[] = [];
  let server: RunningServer;
  let videoId = '';
  let client: ChatClient;

  const join = (options?: ConstructorParameters<typeof ChatClient>[1]): ChatClient => {
    const joined = new ChatClient(server.url, options);
    clients.push(joined);
    return joined;
  };
  before(async () => {
    server = await startServer(folder);
    const body = new FormData();
    body.append('file', new Blob(['video']), 'a.mp4');
    const reply = await fetch(`${server.url}/v1/videos`, { method: 'POST', body });
    videoId = videoResource.parse(await reply.json()).id;
  });
  beforeEach(() => {
    client = join();
  });
  after(async () => {
    for (const { socket } of clients) socket.disconnect();
    await server.close();
  });

  test('opening tells its progress and what the model sees; the answer streams', async () => {
    const reply = await client.send('conversation:open', { videoId, mode: 'stan' });
    const { conversationId } = reply.value;
    assert.deepEqual(reply, {
      ok: true,
      value: { conversationId, videoTokens: { count: 5, width: 8 }, frames: [0.25, 0.75] },
    });
    assert.deepEqual(client.events, [
      { type: 'progress', conversationId, stage: 'encode', done: 0, total: 1 },
    ]);
    assert.deepEqual(await client.send('conversation:ask', { conversationId, question: ' one two ' }), {
      ok: true,
      value: {},
    });
    await client.lastEvent(conversationId);
    const [, first, second, done] = client.events;
    assert.deepEqual(first, { type: 'token', conversationId, text: 'one' });
    assert.deepEqual(second, { type: 'token', conversationId, text: 'two' });
    assert(done?.type === 'done' && done.text === 'onetwo' && done.reason === 'end');
  });

  test('one answer at a time; stop ends it, and the next question is answered', async () => {
    const { conversationId } = await client.open(videoId);
    const ask = (question: string) => client.send('conversation:ask', { conversationId, question });
    await ask('long ... story');
    assert.equal((await ask('again')).error.code, 'busy');
    assert.equal((await client.send('conversation:stop', { conversationId })).ok, true);
    const stopped = await client.lastEvent(conversationId);
    assert(stopped.type === 'done' && stopped.reason === 'stopped' && stopped.text === 'long');
    client.events.length = 0;
    assert.equal((await ask('again')).ok, true);
    assert.equal((await client.lastEvent(conversationId)).type, 'done');
    assert.equal(
      (await client.send('conversation:stop', { conversationId })).ok,
      true,
      'nothing to stop is fine',
    );
  });

  test('a failed answer ends with an error that keeps our secrets', async () => {
    const { conversationId } = await client.open(videoId);
    await client.send('conversation:ask', { conversationId, question: 'fail' });
    const event = await client.lastEvent(conversationId);
    assert(event.type === 'error' && event.code === 'internal' && !event.message.includes('secret'));
  });

  test('bad messages are refused by name, and the connection stays', async () => {
    const { conversationId } = await client.open(videoId);
    const refusals: [event: string, payload: unknown, code: string][] = [
      ['conversation:open', { videoId: '0'.repeat(32) }, 'not_found'],
      ['conversation:open', { videoId: '../x' }, 'invalid_request'],
      ['conversation:open', { videoId, frames: 1e9 }, 'invalid_request'],
      ['conversation:open', 'nonsense', 'invalid_request'],
      ['conversation:open', null, 'invalid_request'],
      ['conversation:ask', { conversationId, question: 'x'.repeat(100_000) }, 'question_too_long'],
      ['conversation:ask', { conversationId, question: '  ' }, 'invalid_request'],
      ['conversation:ask', { conversationId, question: 'x', temperature: 99 }, 'invalid_request'],
      ['conversation:ask', { conversationId: 'other', question: 'x' }, 'not_found'],
      ['conversation:stop', { conversationId: 'other' }, 'not_found'],
      ['conversation:close', {}, 'invalid_request'],
    ];
    for (const [event, payload, code] of refusals) {
      const reply = await client.send(event, payload);
      assert.equal(reply.error?.code, code, `${event} ${JSON.stringify(reply)}`);
      assert(!reply.error.message.includes('\n'));
    }
    client.socket.emit('conversation:ask', { conversationId }, 'no function');
    client.socket.emit('conversation:open');
    assert.equal(
      (await client.send('conversation:ask', { conversationId, question: 'still here' })).ok,
      true,
    );
  });

  test('conversations belong to their socket', async () => {
    const { conversationId } = await client.open(videoId);
    const other = join();
    const reply = await other.send('conversation:ask', { conversationId, question: 'mine?' });
    assert.equal(reply.error.code, 'not_found');
  });

  test('a client gets so many conversations, and frees them by closing or leaving', async () => {
    await settled(
      () => server.engine.answering,
      0,
      () => {
        for (const { socket } of clients.slice(0, -1)) socket.disconnect();
      },
    );
    const ids: string[] = [];
    for (let count = 0; count < 16; count++) ids.push((await client.open(videoId)).conversationId);
    assert.equal((await client.send('conversation:open', { videoId })).error.code, 'busy');
    assert.equal((await client.send('conversation:close', { conversationId: ids[0] })).ok, true);
    const { conversationId } = await client.open(videoId);
    await client.send('conversation:ask', { conversationId, question: 'a ... b' });
    await settled(
      () => server.engine.answering,
      0,
      () => client.socket.disconnect(),
    );
  });

  test('leaving while a clip is being looked at stops that', async () => {
    server.engine.slow = true;
    client.socket.emit('conversation:open', { videoId }, () => undefined);
    while (client.events.length === 0) await pause(5);
    client.socket.disconnect();
    server.engine.slow = false;
    await join().open(videoId);
  });

  test('pages of other sites are refused', async () => {
    const refused = (origin: string) =>
      new Promise<boolean>((resolve) => {
        const { socket } = join({ extraHeaders: { origin } });
        socket.once('connect', () => resolve(false));
        socket.once('connect_error', () => resolve(true));
      });
    assert.equal(await refused('http://other.example'), true);
    assert.equal(await refused('null'), true);
    assert.equal(await refused(server.url), false);
  });
});

async function settled(read: () => number, expected: number, act: () => void): Promise<void> {
  act();
  while (read() !== expected) await pause(5);
}
