import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { operator } from '#store/viewer.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { NumberedEvent } from '#contract/chat.ts';
import { clipA, clipB, events, send, start, textOf } from './echo-chat.ts';

describe('conversations on the server', () => {
  test('a question is kept and answered; the next one brings the whole talk', async () => {
    const started = start();
    const { service, engine } = started;
    const { id } = await service.create(operator, { settings: { system: 'Sys' } });
    const first = await send(started, id, 'what is it?', { videoIds: [clipA] });
    const heard = await events(started, first);
    assert.deepEqual(
      heard.map(({ seq }) => seq),
      heard.map((_, index) => index + 1),
    );
    assert.deepEqual(heard[0]?.event, {
      type: 'progress',
      stage: 'encode',
      done: 0,
      total: 1,
      videoId: clipA,
    });
    assert.equal(textOf(heard), 'Sys what is it?[1] ');
    const second = await send(started, id, 'and now?', { parentId: first.answer.id, videoIds: [clipB] });
    assert.equal(textOf(await events(started, second)), 'Sys what is it?[1] and now?[2] ');
    assert.deepEqual(engine.looked, [`${clipA} stan`, `${clipA} stan`, `${clipB} stan`]);
    const { messages, conversation } = service.read(operator, id);
    assert.deepEqual(
      messages.map(({ role, state }) => `${role} ${state}`),
      ['user done', 'assistant done', 'user done', 'assistant done'],
    );
    assert.equal(conversation.title, 'what is it?');
  });

  test('an answer keeps how sure it is', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    await events(started, await send(started, id, 'doubt'));
    await events(started, await send(started, id, 'else'));
    const answers = started.service.read(operator, id).messages.filter(({ role }) => role === 'assistant');
    assert.deepEqual(
      answers.map(({ confidence }) => confidence),
      [0.25, undefined],
    );
  });

  test('its clips are known by their names, in the order in which they came, when one is deleted too', async () => {
    const started = start();
    const { service, stored } = started;
    const { id } = await service.create(operator, { settings: {} });
    const first = await send(started, id, 'one', { videoIds: [clipB] });
    await events(started, first);
    const parentId = first.answer.id;
    await events(started, await send(started, id, 'two', { parentId, videoIds: [clipA, clipB] }));
    const names = async () => service.read(operator, id).clips.map(({ name, video }) => [name, video?.id]);
    assert.deepEqual(await names(), [
      ['b.mp4', clipB],
      ['a.mp4', clipA],
    ]);
    stored.delete(clipB);
    assert.deepEqual(await names(), [
      ['b.mp4', undefined],
      ['a.mp4', clipA],
    ]);
    const next = await send(started, id, 'three', { parentId });
    const last = (await events(started, next)).at(-1)?.event;
    assert.ok(last?.type === 'error' && last.code === 'not_found');
    await service.delete(operator, id);
    assert.throws(() => service.read(operator, id), { code: 'not_found' });
  });

  test('an edit branches, another answer is a sibling, and each branch has its own talk', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const first = await send(started, id, 'one');
    await events(started, first);
    const second = await send(started, id, 'two', { parentId: first.answer.id });
    await events(started, second);
    const edited = await send(started, id, 'zwei', { parentId: first.answer.id });
    assert.equal(textOf(await events(started, edited)), 'one[] zwei[] ');
    const request = { conversationId: id, messageId: first.question.id, key: randomUUID(), detach: false };
    const again = await started.service.regenerate(operator, { ...request, settings: { system: 'Other' } });
    assert.equal(textOf(await events(started, again)), 'Other one[] ');
    assert.equal(again.question.id, first.question.id);
    const roots = started.service.read(operator, id).messages.filter(({ parentId }) => parentId === null);
    assert.equal(roots.length, 1);
    await assert.rejects(send(started, id, 'x', { parentId: first.question.id }), {
      code: 'invalid_request',
    });
    await assert.rejects(send(started, id, 'x', { parentId: randomUUID() }), { code: 'not_found' });
  });

  test('the same key makes nothing new, however often it comes', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const key = randomUUID();
    const all = await Promise.all([1, 2, 3].map(() => send(started, id, 'once', { key })));
    assert.equal(new Set(all.map(({ answer }) => answer.id)).size, 1);
    assert.deepEqual(all.map(({ isNew }) => isNew).sort(), [false, false, true]);
    assert.equal(started.service.read(operator, id).messages.length, 2);
  });

  test('who comes back to an answer that has ended gets its last event, once', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const sent = await send(started, id, 'a talk', { videoIds: [clipA] });
    const all = await events(started, sent);
    for (let seen = 0; seen <= all.length; seen++) {
      const heard: NumberedEvent[] = [];
      started.service.subscribe(operator, sent.answer.generationId ?? '', {
        after: seen,
        subscriber: (event) => heard.push(event),
      });
      assert.deepEqual(heard, seen < all.length ? all.slice(-1) : []);
    }
  });

  test('stopping keeps what was said; what failed says why', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const endless = await send(started, id, '...');
    const heard = events(started, endless);
    await pause(60);
    started.service.stop(operator, endless.answer.generationId ?? '');
    assert.equal(textOf(await heard), '...[] ');
    const failed = await send(started, id, 'fail');
    const last = (await events(started, failed)).at(-1)?.event;
    assert.deepEqual(last, { type: 'error', text: '', code: 'context_full', message: 'Too long.' });
    assert.deepEqual(
      started.service.read(operator, id).messages.map(({ state }) => state),
      ['done', 'stopped', 'done', 'failed'],
    );
    await assert.rejects(send(started, id, 'x', { videoIds: ['c'.repeat(32)] }), { code: 'not_found' });
  });

  test('an answer that nobody follows ends after a while, unless it was told to go on', async () => {
    const started = start(undefined, 20);
    const { id } = await started.service.create(operator, { settings: {} });
    const left = await send(started, id, '...');
    const kept = await send(started, id, '...', { detach: true });
    await pause(150);
    const states = new Map(started.service.read(operator, id).messages.map((one) => [one.id, one.state]));
    assert.equal(states.get(left.answer.id), 'stopped');
    assert.equal(states.get(kept.answer.id), 'running');
  });

  test('a restart ends what ran as interrupted, with what it had, and conversations go on', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const cut = await send(started, id, '...');
    await pause(60);
    // as a killed process leaves it: nothing more is written
    const again = start(started.path);
    const heard = await events(again, cut);
    const last = heard.at(-1)?.event;
    assert.ok(last?.type === 'error');
    assert.deepEqual([last.code, last.text], ['interrupted', '...[] ']);
    const next = await send(again, id, 'on', { parentId: cut.answer.id });
    assert.equal(textOf(await events(again, next)), '...[] on[] ');
  });

  test('closing interrupts, and takes no more', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const cut = await send(started, id, '...');
    await pause(60);
    await started.service.close();
    const last = (await events(started, cut)).at(-1)?.event;
    assert.ok(last?.type === 'error' && last.code === 'interrupted' && last.text === '...[] ');
    assert.equal(started.service.read(operator, id).messages[1]?.state, 'interrupted');
    await assert.rejects(send(started, id, 'more'), { code: 'cancelled' });
  });

  test('conversations are listed newest first, found by their words, renamed and deleted', async () => {
    const started = start();
    const { service } = started;
    const ids: string[] = [];
    for (const title of ['red car', 'blue boat', '100% sure_']) {
      ids.push((await service.create(operator, { title, settings: {} })).id);
    }
    await events(started, await send(started, ids[0] ?? '', 'where does it go?'));
    const find = async (search: string) =>
      (await service.list(operator, { limit: 10, search })).map(({ title }) => title);
    assert.equal((await service.list(operator, { limit: 10 }))[0]?.title, 'red car');
    assert.deepEqual(await find('boat'), ['blue boat']);
    assert.deepEqual(await find('where does'), ['red car']);
    assert.deepEqual(await find('%'), ['100% sure_']);
    assert.equal((await service.rename(operator, ids[1] ?? '', 'ship')).title, 'ship');
    await service.delete(operator, ids[1] ?? '');
    assert.deepEqual(await find('ship'), []);
    assert.throws(() => service.read(operator, ids[1] ?? ''), { code: 'not_found' });
    await assert.rejects(service.delete(operator, ids[1] ?? ''), { code: 'not_found' });
  });
});
