import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { maxMessageBytes } from '#contract/chat.ts';
import { videoResource } from '#contract/rest.ts';
import { TestClient } from '#bench/scripted/chat-client.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { type RunningServer, startServer } from '#bench/scripted/running-server.ts';

describe('the chat half of the server', () => {
  const folder = tempFolder();
  const clients: TestClient[] = [];
  let server: RunningServer;
  let videoId = '';
  let client: TestClient;

  const join = (options?: ConstructorParameters<typeof TestClient>[1]): TestClient => {
    const joined = new TestClient(server.url, options);
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

  test('looking at a clip tells its progress and what the model sees', async () => {
    assert.deepEqual(await client.request('video:prepare', { videoId }), {
      mode: 'stan',
      sampler: 'fake',
      frames: [0.25, 0.75],
      videoTokens: { count: 5, width: 8 },
    });
    assert.deepEqual(client.preparations, [
      { type: 'progress', stage: 'encode', done: 0, total: 1, videoId },
    ]);
  });

  test('an answer streams in numbered events', async () => {
    const talk = await client.open(videoId);
    const answer = await client.begin(talk, ' one two ');
    await client.end(answer);
    const numbers = client.events.map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    const said = client.events.flatMap(({ event }) => (event.type === 'token' ? [event.text] : []));
    const last = client.events.at(-1)?.event;
    assert(last?.type === 'done' && last.text === 'onetwo' && last.reason === 'end');
    assert.equal(said.join(''), 'onetwo');
  });

  test('lists tell the clips and what is pinned, and find conversations by the names of clips', async () => {
    const [first, second] = [await client.open(videoId), await client.open(videoId)];
    await client.ask(first, 'where');
    await client.request('conversation:pin', { conversationId: first.conversationId, pinned: true });
    await client.ask(second, 'later');
    const { conversations } = await client.request('conversation:list', { search: 'a.MP4' });
    const [top] = conversations;
    assert.deepEqual(
      [top?.id, top?.pinned, top?.clips],
      [first.conversationId, true, [{ id: videoId, name: 'a.mp4' }]],
    );
    assert.equal(conversations[1]?.id, second.conversationId);
    const missing = { conversationId: crypto.randomUUID(), pinned: true };
    assert.equal((await client.send('conversation:pin', missing)).error.code, 'not_found');
    await client.request('conversation:delete', { conversationId: first.conversationId });
  });

  test('a question is deleted with all that follows it, and others are told', async () => {
    const talk = await client.open(videoId);
    const { conversationId } = talk;
    const first = await client.ask(talk, 'stays');
    assert.equal(first.type, 'done');
    const kept = talk.lastAnswer;
    await client.ask(talk, 'goes');
    await client.ask(talk, 'goes too');
    const before = await client.request('conversation:read', { conversationId });
    const goes = before.messages.find(({ text }) => text === 'goes');
    const other = join();
    await other.request('conversation:list', {});
    const told = new Promise((resolve) => other.socket.once('conversation:changed', resolve));
    await client.request('message:delete', { conversationId, messageId: goes?.id });
    assert.deepEqual(await told, { conversationId });
    const { messages } = await client.request('conversation:read', { conversationId });
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['stays', 'stays'],
    );
    const again = await client.send('message:delete', { conversationId, messageId: goes?.id });
    assert.equal(again.error.code, 'not_found');
    const elsewhere = await client.open(videoId);
    const wrong = { conversationId: elsewhere.conversationId, messageId: kept?.id };
    assert.equal((await client.send('message:delete', wrong)).error.code, 'invalid_request');
  });

  test('no answer is deleted while it is being made', async () => {
    const talk = await client.open(videoId);
    const { conversationId } = talk;
    const answer = await client.begin(talk, 'long ... story');
    const { parentId: messageId } = answer;
    assert.equal((await client.send('message:delete', { conversationId, messageId })).error.code, 'busy');
    await client.request('generation:stop', { generationId: answer.generationId });
    await client.end(answer);
    await client.request('message:delete', { conversationId, messageId });
    const { messages } = await client.request('conversation:read', { conversationId });
    assert.deepEqual(messages, []);
  });

  test('the other connections are told of what changes', async () => {
    const conversation = await client.open(videoId);
    const { conversationId } = conversation;
    const other = join();
    await other.request('conversation:list', {});
    const change = () =>
      new Promise((resolve) => other.socket.once('conversation:changed', (...args) => resolve(args)));
    const told = change();
    await client.ask(conversation, 'hello');
    assert.deepEqual(await told, [{ conversationId }]);
    const renamed = change();
    await client.request('conversation:rename', { conversationId, title: 'Another' });
    assert.deepEqual(await renamed, [{ conversationId }]);
  });

  test('no question after an answer that still runs; stop ends it, and the next is answered', async () => {
    const talk = await client.open(videoId);
    const answer = await client.begin(talk, 'long ... story');
    const { conversationId } = talk;
    const next = { conversationId, parentId: answer.id, text: 'again', key: 'again-again' };
    assert.equal((await client.send('message:send', next)).error.code, 'busy');
    await client.firstToken(answer);
    const { generationId } = answer;
    await client.request('generation:stop', { generationId });
    const stopped = await client.end(answer);
    assert(stopped.type === 'done' && stopped.reason === 'stopped' && stopped.text === 'long');
    assert.equal((await client.ask(talk, 'again')).type, 'done');
    await client.request('generation:stop', { generationId });
  });

  test('a failed answer ends with an error that keeps our secrets', async () => {
    const event = await client.ask(await client.open(videoId), 'fail');
    assert(event.type === 'error' && event.code === 'internal' && !event.message.includes('secret'));
  });

  test('bad messages are refused by name, and the connection stays', async () => {
    const talk = await client.open(videoId);
    const { conversationId } = talk;
    const question = { conversationId, parentId: null, text: 'x', key: 'a key of my own' };
    const other = '00000000-0000-4000-8000-000000000000';
    const refusals: [event: string, payload: unknown, code: string][] = [
      ['video:prepare', { videoId: '0'.repeat(32) }, 'not_found'],
      ['video:prepare', { videoId: '../x' }, 'invalid_request'],
      ['video:prepare', { videoId, frames: 1e9 }, 'invalid_request'],
      ['video:prepare', 'nonsense', 'invalid_request'],
      ['conversation:create', null, 'invalid_request'],
      ['conversation:read', { conversationId: other }, 'not_found'],
      ['message:send', { ...question, text: 'x'.repeat(100_000) }, 'question_too_long'],
      ['message:send', { ...question, text: '  ' }, 'invalid_request'],
      ['message:send', { ...question, settings: { temperature: 99 } }, 'invalid_request'],
      ['message:send', { ...question, conversationId: other }, 'not_found'],
      ['message:send', { ...question, videoIds: ['0'.repeat(32)] }, 'not_found'],
      ['message:continue', { conversationId, messageId: other, key: 'go on please' }, 'not_found'],
      ['conversation:import', { format: 2, title: 'A talk', settings: {}, messages: [] }, 'invalid_request'],
      ['generation:subscribe', { generationId: other }, 'not_found'],
      ['generation:stop', {}, 'invalid_request'],
      ['conversation:conjure', {}, 'invalid_request'],
    ];
    for (const [event, payload, code] of refusals) {
      const reply = await client.send(event, payload);
      assert.equal(reply.error?.code, code, `${event} ${JSON.stringify(reply)}`);
      assert(!reply.error.message.includes('\n'));
    }
    client.socket.emit('message:send', question, 'no function');
    client.socket.emit('video:prepare');
    assert.equal((await client.ask(talk, 'still here')).type, 'done');
  });

  test('a message larger than any may be ends the connection that sent it, and no other', async () => {
    const other = join();
    await other.open(videoId);
    const ended = new Promise((resolve) => client.socket.once('disconnect', resolve));
    client.socket.emit('conversation:import', 'x'.repeat(maxMessageBytes + 1));
    await ended;
    await other.request('conversation:list', {});
  });

  test('a second tab follows from where it left off, and sees the same list', async () => {
    const talk = await client.open(videoId);
    const answer = await client.begin(talk, 'one two three');
    await client.end(answer);
    const tab = join();
    const { generationId } = answer;
    const last = client.events.slice(-1);
    const end = last[0]?.seq ?? 0;
    for (const after of [0, 1, end]) {
      tab.events.length = 0;
      const { lastSeq } = await tab.request('generation:subscribe', { generationId, after });
      assert.equal(lastSeq, end);
      while (after < end && tab.events.length === 0) await pause(5);
      assert.deepEqual(tab.events, after < end ? last : []);
    }
    const { messages } = await tab.request('conversation:read', { conversationId: talk.conversationId });
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['one two three', 'onetwothree'],
    );
    const listed = await tab.request('conversation:list', { search: 'one two three' });
    assert.equal(listed.conversations.length, 1);
  });

  test('who leaves in mid-answer and comes back in time loses nothing; who stays away frees it', async () => {
    const talk = await client.open(videoId);
    const answer = await client.begin(talk, 'a ... b');
    await client.firstToken(answer);
    client.socket.disconnect();
    const back = join();
    await back.request('generation:subscribe', { generationId: answer.generationId, after: 0 });
    await pause(1200);
    assert.equal(server.engine.answering, 1);
    back.socket.disconnect();
    while (server.engine.answering > 0) await pause(5);
    const { messages } = await join().request('conversation:read', { conversationId: talk.conversationId });
    assert.deepEqual([messages[1]?.state, messages[1]?.text], ['stopped', 'a']);
  });

  test('looking at a clip can be stopped, and prefill again', async () => {
    server.engine.slow = true;
    const looking = client.send('video:prepare', { videoId });
    while (client.preparations.length === 0) await pause(5);
    await client.request('video:cancel', { videoId });
    assert.equal((await looking).error.code, 'cancelled');
    server.engine.slow = false;
    await client.request('video:cancel', { videoId });
    assert.equal((await client.open(videoId)).frames.length, 2);
  });

  test('leaving while a clip is being looked at stops that', async () => {
    server.engine.slow = true;
    client.socket.emit('video:prepare', { videoId }, () => undefined);
    while (client.preparations.length === 0) await pause(5);
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
