import { operator } from '#store/viewer.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asJson } from '#client/state/export.ts';
import { openConversation } from '#client/state/conversation.ts';
import { conversationFile, type Message } from '#contract/chat.ts';
import { start } from '../../server/chat/echo-chat.ts';

const stateOf = fc.constantFrom<Message['state']>('done', 'stopped', 'failed', 'interrupted');

/** Messages as a conversation has them: each follows one that was there, or none. */
const trees = fc
  .array(
    fc.record({
      pick: fc.nat(),
      text: fc.string({ unit: 'binary' }),
      createdAt: fc.nat(),
      state: stateOf,
      cutOff: fc.boolean(),
    }),
    { maxLength: 20 },
  )
  .map((picks) => {
    const messages: Omit<Message, 'generationId'>[] = [];
    for (const [n, { pick, state, cutOff, ...rest }] of picks.entries()) {
      const id = `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`;
      const parent = pick % 4 === 0 ? undefined : messages[pick % (n + 1)];
      const isAnswer = parent?.role === 'user';
      const role = isAnswer ? 'assistant' : 'user';
      const ended = { state: isAnswer ? state : 'done', cutOff: isAnswer && state === 'done' && cutOff };
      messages.push({ ...rest, id, parentId: parent?.id ?? null, role, videoIds: [], ...ended } as const);
    }
    return messages;
  });

/** What a file says, with places in it instead of ids. */
function facts({ messages, ...rest }: ReturnType<typeof conversationFile.parse>) {
  const index = (id: string | null) => messages.findIndex((message) => message.id === id);
  return { ...rest, messages: messages.map(({ id, parentId, ...one }) => [index(parentId), one]) };
}

test('a conversation that is saved, taken back and saved again is the same file up to its ids', async () => {
  const { service } = start();
  const property = fc.asyncProperty(trees, async (messages) => {
    const about = { format: 1, model: 'echo', clips: [] };
    const file = {
      ...about,
      title: 'A conversation',
      settings: { temperature: 0.5, system: 'Sys' },
      messages,
    };
    const saved = async (text: string): Promise<string> => {
      const { conversation } = await service.import(operator, conversationFile.parse(JSON.parse(text)));
      const { messages } = service.read(operator, conversation.id);
      return asJson({ conversation: openConversation(conversation, messages), clips: [], model: 'echo' });
    };
    const once = await saved(JSON.stringify(file));
    // what no text of a database holds is missingClips after the first time
    const known = messages.map((one) => ({ ...one, text: one.text.replaceAll('\0', '\ufffd') }));
    const [first, second] = [once, await saved(once)].map((text) => conversationFile.parse(JSON.parse(text)));
    assert.deepEqual(first && facts(first), facts(conversationFile.parse({ ...file, messages: known })));
    assert.deepEqual(second && facts(second), first && facts(first));
  });
  await fc.assert(property, { numRuns: 50 });
});
