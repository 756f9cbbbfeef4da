import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import type { NumberedEvent } from '#contract/chat.ts';
import { ChatClient, newKey } from '#contract/client-chat.ts';
import type { ClientError } from '#contract/client-error.ts';

const id = '00000000-0000-4000-8000-000000000000';

/** Acknowledges with what a test tells it to. */
class FakeSocket extends EventEmitter {
  connected = true;
  readonly sent: unknown[] = [];
  reply: () => unknown = () => ({ ok: true, value: {} });

  async emitWithAck(event: string, payload: unknown): Promise<unknown> {
    this.sent.push([event, payload]);
    return this.reply();
  }
}

function connect() {
  const socket = new FakeSocket();
  const events: NumberedEvent[] = [];
  const unreadable: ClientError[] = [];
  const states: boolean[] = [];
  const client = new ChatClient(socket, {
    onGeneration: (event) => events.push(event),
    onConnection: (isOpen) => states.push(isOpen),
    onUnreadable: (error) => unreadable.push(error),
  });
  return { socket, client, events, unreadable, states };
}

describe('the chat client', () => {
  test('sends a request under its name and gives the reply, defaults filled in', async () => {
    const { socket, client } = connect();
    const message = {
      id,
      parentId: null,
      role: 'user',
      text: 'x',
      videoIds: [],
      createdAt: 1,
      state: 'done',
      generationId: null,
    };
    socket.reply = () => ({ ok: true, value: { question: message, answer: message, later: 'ignored' } });
    const request = { conversationId: id, messageId: id, key: newKey() };
    const { answer, ...others } = await client.request('message:continue', request);
    assert.deepEqual(socket.sent, [['message:continue', request]]);
    assert.equal(answer.cutOff, false);
    assert.deepEqual(Object.keys(others), ['question']);
  });

  test('a refusal keeps the code and the words of the server', async () => {
    const { socket, client } = connect();
    socket.reply = () => ({ ok: false, error: { code: 'busy', message: 'The server is full.' } });
    const request = client.request('conversation:list', {});
    await assert.rejects(request, { name: 'ClientError', code: 'busy', message: 'The server is full.' });
  });

  test('a reply that is not of the contract is unreadable, a lost one unreachable', async () => {
    const { socket, client } = connect();
    for (const reply of [
      undefined,
      'ok',
      { ok: true },
      { ok: true, value: { conversations: [{}] } },
      { ok: false },
    ]) {
      socket.reply = () => reply;
      await assert.rejects(client.request('conversation:list', {}), { code: 'unreadable' });
    }
    socket.reply = () => {
      throw new Error('socket has been disconnected');
    };
    await assert.rejects(client.request('conversation:list', {}), { code: 'unreachable' });
  });

  test('waits for the connection, and says so where it fails', async () => {
    const { socket, client, states } = connect();
    socket.connected = false;
    const waiting = client.request('video:cancel', { videoId: '0'.repeat(32) });
    assert.equal(socket.sent.length, 0);
    socket.connected = true;
    socket.emit('connect');
    await waiting;
    assert.equal(socket.sent.length, 1);
    socket.connected = false;
    const failing = client.request('video:cancel', { videoId: '0'.repeat(32) });
    socket.emit('connect_error', new Error('refused'));
    await assert.rejects(failing, { code: 'unreachable' });
    assert.deepEqual(states, [true, false]);
    // one listener of the client's own each, none left of the two requests
    assert.deepEqual([socket.listenerCount('connect'), socket.listenerCount('connect_error')], [1, 1]);
  });

  test('an event that cannot be read is reported, never dropped, and the next one arrives', () => {
    const { socket, events, unreadable } = connect();
    const event = { conversationId: id, generationId: id, seq: 1, event: { type: 'token', text: 'a' } };
    socket.emit('generation', { ...event, seq: 0 });
    socket.emit('generation', { ...event, event: { type: 'song' } });
    socket.emit('video:progress', { stage: 'probe' });
    socket.emit('generation', event);
    assert.deepEqual(events, [event]);
    assert.deepEqual(
      unreadable.map(({ code, message }) => [code, /"(.*)"/.exec(message)?.[1]]),
      [
        ['unreadable', 'generation'],
        ['unreadable', 'generation'],
        ['unreadable', 'video:progress'],
      ],
    );
  });
});
