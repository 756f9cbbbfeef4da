import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '#contract/chat.ts';
import { importedMessages } from '#chat/imported-messages.ts';

const clip = 'c'.repeat(32);
const where = { conversationId: 'new', clips: new Set([clip]) };
const message = (id: string, parentId: string | null, rest: Partial<Message> = {}): Message => ({
  id,
  parentId,
  role: 'user',
  text: id,
  videoIds: [],
  createdAt: 1,
  state: 'done',
  cutOff: false,
  generationId: null,
  ...rest,
});

describe('messages of a file', () => {
  test('become the same tree with ids of their own', () => {
    const picks = fc.array(fc.nat(), { maxLength: 20 });
    const run = fc.property(picks, (parents) => {
      const messages: Message[] = [];
      for (const [n, pick] of parents.entries()) {
        const parent = pick % 4 === 0 ? undefined : messages[pick % (n + 1)];
        const role = parent?.role === 'user' ? 'assistant' : 'user';
        messages.push(message(`m${n}`, parent?.id ?? null, { role }));
      }
      const imported = importedMessages(messages, where);
      const indices = new Map(imported.map(({ id }, index) => [id, index]));
      assert.equal(indices.size, messages.length);
      for (const [index, { id, parentId, role, text, conversationId }] of imported.entries()) {
        const before = messages[index];
        assert.ok(before && id !== before.id);
        assert.deepEqual([role, text, conversationId], [before.role, before.text, 'new']);
        const parent = parentId === null ? undefined : messages[indices.get(parentId) ?? -1]?.id;
        assert.equal(parent ?? null, before.parentId);
      }
    });
    fc.assert(run);
  });

  test('bring only clips that are there, and no answer that runs', () => {
    const answer = { role: 'assistant', state: 'running', generationId: 'g' } as const;
    const videoIds = ['d'.repeat(32), clip];
    const asked = message('q', null, { videoIds, state: 'failed', cutOff: true });
    const messages = [asked, message('a', 'q', answer)];
    const [question, imported] = importedMessages(messages, where);
    assert.deepEqual(question?.videoIds, [clip]);
    assert.deepEqual([question.state, question.cutOff], ['done', false]);
    assert.deepEqual([imported?.state, imported?.generationId], ['interrupted', null]);
  });

  test('are refused, and the wrong one named, where they are no tree', () => {
    const refused = (messages: Message[], pattern: RegExp) =>
      assert.throws(() => importedMessages(messages, where), { code: 'invalid_request', message: pattern });
    refused([message('a', null), message('a', null)], /^messages\.1: another/);
    refused([message('a', 'b'), message('b', null)], /^messages\.0: its parent/);
    refused([message('a', 'a')], /^messages\.0: its parent/);
    refused([message('a', null), message('b', 'a')], /^messages\.1: a message of the assistant/);
    refused([message('a', null, { role: 'assistant' })], /^messages\.0: a message of the user/);
    const answer = message('b', 'a', { role: 'assistant', videoIds: [clip] });
    refused([message('a', null), answer], /^messages\.1: only a question/);
    refused([message('a', null, { text: 'x'.repeat(8001) })], /^messages\.0: a question has 8000/);
  });
});
