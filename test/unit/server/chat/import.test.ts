import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '#store/viewer.ts';
import { conversationFile } from '#contract/chat.ts';
import { clipA, events, send, start } from './echo-chat.ts';

describe('a conversation from a file', () => {
  test('is the one it was made of, without clips that are gone', async () => {
    const started = start();
    const { service } = started;
    const { id } = await service.create(operator, { settings: { mode: 'plain' } });
    const first = await send(started, id, 'one', { videoIds: [clipA] });
    await events(started, first);
    await events(started, await send(started, id, 'long', { parentId: first.answer.id }));
    await events(started, await send(started, id, 'other', { parentId: first.answer.id }));
    const { conversation, messages } = service.read(operator, id);
    const gone = 'e'.repeat(32);
    const { title, settings } = conversation;
    const file = conversationFile.parse({
      format: 1,
      model: 'echo',
      title,
      settings,
      clips: [{ id: gone, name: 'gone.mp4' }],
      messages: messages.map(({ videoIds, ...one }) => ({
        ...one,
        videoIds: one.role === 'user' ? [...videoIds, gone] : [],
      })),
    });
    const imported = await service.import(operator, file);
    assert.equal(imported.missingClips, 1);
    const again = service.read(operator, imported.conversation.id);
    const facts = (all: typeof messages) =>
      all.map(({ role, text, videoIds, state, cutOff, createdAt, parentId }) => {
        const parent = all.findIndex((one) => one.id === parentId);
        return [role, text, videoIds, state, cutOff, createdAt, parent];
      });
    assert.deepEqual(facts(again.messages), facts(messages));
    assert.deepEqual(again.conversation.settings, { mode: 'plain' });
    const { clips } = again;
    assert.deepEqual(
      clips.map(({ id, name, video }) => [id, name, video?.name]),
      [
        [clipA, 'a.mp4', 'a.mp4'],
        [gone, 'gone.mp4', undefined],
      ],
    );
  });

  test('is there whole or not at all', async () => {
    const { service } = start();
    const question = { id: '00000000-0000-4000-8000-000000000000', parentId: null, role: 'user', text: 'q' };
    const message = { ...question, videoIds: [], createdAt: 1, state: 'done' };
    const file = { format: 1, model: 'echo', title: 'A talk', settings: {}, clips: [] };
    const bad = conversationFile.parse({ ...file, messages: [message, message] });
    await assert.rejects(service.import(operator, bad), { code: 'invalid_request', message: /^messages\.1/ });
    assert.deepEqual(await service.list(operator, { limit: 50, before: undefined, search: undefined }), []);
  });

  test('that has more clips than a conversation can have is refused', async () => {
    const messages = Array.from({ length: 63 }, (_, n) => ({
      id: `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`,
      parentId: null,
      role: 'user',
      text: 'q',
      videoIds: Array.from({ length: 16 }, (_, k) => `${16 * n + k}`.padStart(32, '0')),
      createdAt: 1,
      state: 'done',
    }));
    const file = { format: 1, model: 'echo', title: 'A talk', settings: {}, clips: [] };
    const { service } = start();
    const read = (count: number) => conversationFile.parse({ ...file, messages: messages.slice(0, count) });
    assert.equal((await service.import(operator, read(62))).missingClips, 992);
    await assert.rejects(service.import(operator, read(63)), {
      code: 'invalid_request',
      message: /1008 clips/,
    });
  });

  test('is refused where it is larger than a conversation can be', () => {
    const file = { format: 1, model: 'echo', title: 'A talk', settings: {}, clips: [] };
    const id = '00000000-0000-4000-8000-000000000000';
    const message = {
      id,
      parentId: null,
      role: 'user',
      text: 'q',
      videoIds: [],
      createdAt: 1,
      state: 'done',
    };
    const parse = (messages: unknown[]) => conversationFile.safeParse({ ...file, messages }).success;
    assert.equal(parse([message]), true);
    assert.equal(parse(Array.from({ length: 2001 }, () => message)), false);
    assert.equal(parse([{ ...message, text: 'x'.repeat(200_001) }]), false);
    assert.equal(parse([{ ...message, videoIds: Array.from({ length: 17 }, () => clipA) }]), false);
  });
});
