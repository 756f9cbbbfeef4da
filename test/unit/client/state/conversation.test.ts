import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  withExchange,
  withChoice,
  foldEvent,
  lastAnswer,
  runningAnswer,
  type OpenConversation,
  openConversation,
  turnsOf,
} from '#client/state/conversation.ts';
import type { GenerationEvent, Message } from '#contract/chat.ts';

const conversation = {
  id: 'c',
  title: 'A conversation',
  settings: {},
  createdAt: 1,
  updatedAt: 1,
  shared: false,
};
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
const exchange = (name: string, parentId: string | null) => ({
  question: message(`q-${name}`, parentId),
  answer: message(`a-${name}`, `q-${name}`, {
    role: 'assistant',
    text: '',
    state: 'running',
    generationId: name,
  }),
});
const done = (text: string, reason: 'end' | 'length' | 'stopped' = 'end'): GenerationEvent => ({
  type: 'done',
  text,
  reason,
  reusedTokens: 0,
  promptTokens: 0,
  answerTokens: 0,
});
const shown = (conversation: OpenConversation): string[] =>
  turnsOf(conversation).map(({ question, answer }) => `${question.message.id} ${answer?.message.text}`);

/** A question that was asked and answered. */
function asked(conversation: OpenConversation, name: string, parentId: string | null): OpenConversation {
  return foldEvent(withExchange(conversation, exchange(name, parentId)), name, done(name));
}

describe('a conversation on the page', () => {
  const empty = openConversation(conversation, []);

  it('grows by the words of its answer, and ends as the server says', () => {
    let conversation = withExchange(empty, exchange('one', null));
    assert.equal(runningAnswer(conversation)?.id, 'a-one');
    for (const text of ['A ', 'red ', 'car'])
      conversation = foldEvent(conversation, 'one', { type: 'token', text });
    assert.deepEqual(shown(conversation), ['q-one A red car']);
    conversation = foldEvent(conversation, 'one', done('A red car.', 'length'));
    assert.deepEqual(shown(conversation), ['q-one A red car.']);
    const [turn] = turnsOf(conversation);
    assert.deepEqual([turn?.ending?.done?.reason, turn?.answer?.message.cutOff], ['length', true]);
    assert.equal(runningAnswer(conversation), undefined);
    assert.equal(lastAnswer(conversation)?.id, 'a-one');
  });

  it('keeps what was said of an answer that failed, and why it did', () => {
    const prefill = withExchange(empty, exchange('one', null));
    const error: GenerationEvent = { type: 'error', text: 'half', code: 'busy', message: 'Full.' };
    const [turn] = turnsOf(foldEvent(prefill, 'one', error));
    assert.deepEqual([turn?.answer?.message.text, turn?.answer?.message.state], ['half', 'failed']);
    assert.match(turn?.ending?.failure?.message ?? '', /Full/);
    const cut = foldEvent(prefill, 'one', { ...error, code: 'interrupted' });
    assert.equal(turnsOf(cut)[0]?.answer?.message.state, 'interrupted');
  });

  it('is one branch of a tree: the newest, or the one that was chosen', () => {
    let conversation = asked(asked(empty, 'one', null), 'two', 'a-one');
    conversation = asked(conversation, 'edited', 'a-one');
    assert.deepEqual(shown(conversation), ['q-one one', 'q-edited edited']);
    const question = turnsOf(conversation)[1]?.question ?? assert.fail();
    assert.deepEqual(question.siblings, ['q-two', 'q-edited']);
    conversation = withChoice(conversation, question.message, 'q-two');
    assert.deepEqual(shown(conversation), ['q-one one', 'q-two two']);
    // another answer to a question that is there
    const { answer } = exchange('again', null);
    const first = turnsOf(conversation)[0]?.question.message ?? assert.fail();
    conversation = withExchange(conversation, { question: first, answer: { ...answer, parentId: 'q-one' } });
    conversation = foldEvent(conversation, 'again', done('again'));
    assert.deepEqual(shown(conversation), ['q-one again']);
    assert.deepEqual(turnsOf(conversation)[0]?.answer?.siblings, ['a-one', 'a-again']);
  });

  it('is not changed by events of other answers', () => {
    const conversation = asked(empty, 'one', null);
    const event = fc.oneof(
      fc.string().map((text): GenerationEvent => ({ type: 'token', text })),
      fc.string().map((text) => done(text)),
    );
    const run = fc.property(event, (one) =>
      assert.deepEqual(foldEvent(conversation, 'other', one), conversation),
    );
    fc.assert(run);
  });

  it('shows every message of whatever tree on some branch, and no branch without end', () => {
    const parents = fc.array(fc.nat(), { maxLength: 12 });
    const run = fc.property(parents, (picks) => {
      let conversation = empty;
      const answers: (string | null)[] = [null];
      for (const [n, pick] of picks.entries()) {
        conversation = asked(conversation, `${n}`, answers[pick % answers.length] ?? null);
        assert.equal(lastAnswer(conversation)?.id, `a-${n}`, 'what is new is shown');
        answers.push(`a-${n}`);
      }
      assert.equal(conversation.messages.length, 2 * picks.length);
    });
    fc.assert(run);
  });
});
