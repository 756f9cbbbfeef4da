import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { operator } from '#store/viewer.ts';
import { QuestionStore, type Sent } from '#store/question-store.ts';
import { events, send, start, type Started, textOf } from './echo-chat.ts';

/** Has an answer go on. */
const goOn = (
  { service }: Started,
  { conversationId, id: messageId }: Sent['answer'],
  key: string = randomUUID(),
) => service.continue(operator, { conversationId, messageId, key, settings: {}, detach: false });

describe('an answer that goes on', () => {
  test('after it was stopped: in its place, once for each key', async () => {
    const started = start();
    const { service } = started;
    const { id } = await service.create(operator, { settings: {} });
    const first = await send(started, id, 'one');
    await events(started, first);
    const asked = await send(started, id, '...', { parentId: first.answer.id });
    service.subscribe(operator, asked.answer.generationId ?? '', {
      after: 0,
      subscriber: ({ event, generationId }) => {
        if (event.type === 'token') service.stop(operator, generationId);
      },
    });
    assert.equal(textOf(await events(started, asked)), 'one[] ');

    const on = await goOn(started, asked.answer, 'go-on-please');
    assert.equal(on.answer.id, asked.answer.id);
    assert.equal(
      (await goOn(started, asked.answer, 'go-on-please')).answer.generationId,
      on.answer.generationId,
    );
    await assert.rejects(goOn(started, asked.answer), { code: 'busy' });
    const heard = await events(started, on);
    const said = heard.flatMap(({ event }) => (event.type === 'token' ? [event.text] : []));
    assert.deepEqual([said[0], said.join('')], ['one[] ', 'one[] ...[] ']);
    assert.equal(textOf(heard), 'one[] ...[] ');
    assert.deepEqual(await events(started, on), heard.slice(-1), 'the last event says everything');
    const { messages } = service.read(operator, id);
    assert.deepEqual(
      messages.map(({ text, state }) => `${text}${state}`),
      ['onedone', 'one[] done', '...done', 'one[] ...[] done'],
    );
    const found = await service.list(operator, { limit: 9, before: undefined, search: '[] ...[]' });
    assert.equal(found.length, 1);
  });

  test('after it was cut off, which is known of it also when the server was restarted', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const first = await send(started, id, 'one');
    await events(started, first);
    const cut = await send(started, id, 'long', { parentId: first.answer.id });
    assert.equal(textOf(await events(started, cut)), 'one[] ');
    const again = start(started.path);
    const cutOff = () => again.service.read(operator, id).messages.map((one) => one.cutOff);
    assert.deepEqual(cutOff(), [false, false, false, true]);
    assert.equal(textOf(await events(again, await goOn(again, cut.answer))), 'one[] long[] ');
    assert.deepEqual(cutOff(), [false, false, false, false]);
  });

  test('loses nothing where the server is killed, or it is stopped at once', async () => {
    const started = start();
    const { id } = await started.service.create(operator, { settings: {} });
    const first = await send(started, id, 'one');
    await events(started, first);
    const cut = await send(started, id, 'long', { parentId: first.answer.id });
    await events(started, cut);
    const request = { conversationId: id, messageId: cut.answer.id, key: randomUUID() };
    // a process that was killed between taking the request and its first word
    await new QuestionStore(started.database).continue(request);
    const again = start(started.path);
    const { text, state } = again.service.read(operator, id).messages[3] ?? assert.fail();
    assert.deepEqual([text, state], ['one[] ', 'interrupted']);
    const on = await goOn(again, cut.answer);
    again.service.stop(operator, on.answer.generationId ?? '');
    assert.match(textOf(await events(again, on)), /^one\[\] /);
  });

  test('is none that is whole, empty, or followed by a question', async () => {
    const started = start();
    const { service } = started;
    const { id } = await service.create(operator, { settings: {} });
    const whole = await send(started, id, 'one');
    await events(started, whole);
    const refused = (answer: Sent['answer'], message: RegExp) =>
      assert.rejects(goOn(started, answer), { code: 'invalid_request', message });
    await refused(whole.answer, /is whole/);
    await refused(whole.question, /no answer/);
    const other = await service.create(operator, { settings: {} });
    await refused({ ...whole.answer, conversationId: other.id }, /no answer/);
    await assert.rejects(goOn(started, { ...whole.answer, id: randomUUID() }), { code: 'not_found' });
    const failed = await send(started, id, 'fail', { parentId: whole.answer.id });
    await events(started, failed);
    await refused(failed.answer, /no words/);
    const cut = await send(started, id, 'long', { parentId: whole.answer.id });
    await events(started, cut);
    await events(started, await send(started, id, 'on', { parentId: cut.answer.id }));
    await refused(cut.answer, /question after/);
  });
});
