import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { NumberedEvent } from '#contract/chat.ts';
import { Background } from '#core/background.ts';
import { Subscriptions } from '#socket/subscriptions.ts';
import type { SubscriptionParts } from '#socket/subscription.ts';
import { Database } from '#store/database.ts';
import { operator } from '#store/viewer.ts';
import { clipA, events, send, start, type Started } from './echo-chat.ts';

/** The reader of a connection that takes nothing while it is `slow`. */
class SlowReader {
  readonly events: NumberedEvent[] = [];
  readonly failures: string[] = [];
  slow = true;
  readonly subscriptions: Subscriptions;

  constructor({ service }: Started) {
    const transport = { writable: true };
    Object.defineProperty(transport, 'writable', { get: () => !this.slow });
    const socket = {
      connected: true,
      conn: { transport, writeBuffer: [] },
      emit: (_name: string, event: NumberedEvent) => this.events.push(event),
    } as unknown as SubscriptionParts['socket'];
    const background = new Background((what) => this.failures.push(what));
    this.subscriptions = new Subscriptions({ socket, chat: service, background });
  }

  async ended(): Promise<NumberedEvent['event']> {
    for (;;) {
      const last = this.events.at(-1)?.event;
      if (last?.type === 'done' || last?.type === 'error') return last;
      await pause(5);
    }
  }
}

const limitPages = ({ database }: Started, pages: number) =>
  database.get(z.unknown(), `PRAGMA max_page_count = ${pages}`);

describe('an error in the background', () => {
  test('a conversation that is deleted while a reader of its answer is behind: the reader is told', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const { answer } = await send(started, id, '...');
    const reader = new SlowReader(started);
    reader.subscriptions.open(operator, answer.generationId ?? '', 0);
    while (started.service.missed(operator, answer.generationId ?? '', 0).length === 0) await pause(5);
    await started.service.delete(operator, id);
    reader.slow = false;
    const last = await reader.ended();
    assert.ok(last.type === 'error' && last.code === 'not_found');
    assert.deepEqual(reader.failures, ['a slow reader could not catch up']);
  });

  test('a reader who was behind gets the words and the end', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const sent = await send(started, id, 'some words');
    const reader = new SlowReader(started);
    reader.subscriptions.open(operator, sent.answer.generationId ?? '', 0);
    await events(started, sent);
    reader.slow = false;
    await reader.ended();
    assert.deepEqual(
      reader.events.map(({ event }) => (event.type === 'progress' ? '' : event.text)),
      ['some words[] ', 'some words[] '],
    );
  });

  test('a full disk in the middle of an answer fails it, is told, and is written down when there is room', async () => {
    const started = start();
    const { service } = started;
    const { id } = await service.create(operator, { settings: {} });
    const sent = await send(started, id, 'x'.repeat(8000));
    limitPages(started, 1);
    const last = (await events(started, sent)).at(-1)?.event;
    assert.ok(last?.type === 'error' && last.code === 'storage_full');
    assert.equal(service.read(operator, id).messages[1]?.state, 'running');
    const late = (await events(started, sent)).at(-1)?.event;
    assert.ok(late?.type === 'error' && late.code === 'storage_full', 'who comes later is told too');
    limitPages(started, 1_000_000);
    while (service.read(operator, id).messages[1]?.state === 'running') await pause(5);
    assert.equal(service.read(operator, id).messages[1]?.state, 'failed');
    const next = await send(started, id, 'again', { parentId: sent.answer.id });
    assert.equal((await events(started, next)).at(-1)?.event.type, 'done');
  });

  test('a server with a full disk can be stopped', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const sent = await send(started, id, 'x'.repeat(8000));
    limitPages(started, 1);
    await events(started, sent);
    await started.service.close();
  });

  test('a conversation that another process deletes ends its answer alone', async () => {
    const started = start();
    const { service } = started;
    const { id } = await service.create(operator, { settings: {} });
    const other = Database.open(started.path);
    const sent = await send(started, id, 'words', { videoIds: [clipA] });
    const heard: NumberedEvent['event'][] = [];
    await new Promise<void>((resolve) => {
      const subscriber = ({ event }: NumberedEvent) => {
        heard.push(event);
        if (event.type === 'progress') other.run('DELETE FROM conversations WHERE id = ?', id);
        if (event.type === 'done' || event.type === 'error') resolve();
      };
      service.subscribe(operator, sent.answer.generationId ?? '', { after: 0, subscriber });
    });
    other.close();
    const last = heard.at(-1);
    assert.ok(last?.type === 'error' && last.code === 'not_found');
    const { id: next } = await service.create(operator, { settings: {} });
    assert.equal((await events(started, await send(started, next, 'on'))).at(-1)?.event.type, 'done');
  });

  test('a subscriber that throws harms neither the answer nor the others', async () => {
    const started = start();
    const { service } = started;
    const { id } = await service.create(operator, { settings: {} });
    const sent = await send(started, id, 'words');
    const subscriber = () => {
      throw new RangeError('planted');
    };
    service.subscribe(operator, sent.answer.generationId ?? '', { after: 0, subscriber });
    assert.equal((await events(started, sent)).at(-1)?.event.type, 'done');
  });

  test('the same key with another text is a conflict; the same text again is not', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const first = await send(started, id, 'one', { key: 'the same key' });
    const again = await send(started, id, 'one', { key: 'the same key' });
    assert.equal(again.answer.id, first.answer.id);
    await assert.rejects(send(started, id, 'two', { key: 'the same key' }), { code: 'conflict' });
  });

  test('nothing but the last event of a finished answer stays', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    for (let n = 0; n < 3; n++) await events(started, await send(started, id, `words ${n}`));
    const count = z.object({ count: z.int() });
    const rows = started.database.get(count, 'SELECT count(*) AS count FROM generation_events');
    assert.equal(rows?.count, 3);
  });
});
