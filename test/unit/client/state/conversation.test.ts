import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  atRest,
  type Conversation,
  emptyConversation,
  foldEvent,
  isAnswering,
  withNote,
  withQuestion,
} from '../../../../client/state/conversation.ts';
import type { GenerationEvent } from '../../../../server/chat/contract.ts';

const asked = withQuestion(emptyConversation, 'What is it?');
const token = (text: string): GenerationEvent => ({ type: 'token', text });
const done = (text: string, reason: 'end' | 'length' | 'stopped' = 'end'): GenerationEvent => ({
  type: 'done',
  text,
  reason,
  reusedTokens: 0,
  promptTokens: 1,
  answerTokens: 1,
});
const failed: GenerationEvent = {
  type: 'error',
  text: 'It is',
  code: 'busy',
  message: 'Too many at once.',
};
const fold = (start: Conversation, ...events: GenerationEvent[]) => events.reduce(foldEvent, start);

describe('conversation', () => {
  it('joins tokens to the running answer in their order', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const { entries } = fold(asked, ...texts.map(token));
        assert.deepEqual(entries, [
          { kind: 'turn', question: 'What is it?', answer: texts.join(''), state: 'running' },
        ]);
      }),
    );
  });

  it('ends an answer with the text of done, which wins over the tokens', () => {
    const ended = fold(asked, token('It is'), done('It is red.', 'stopped'));
    assert.deepEqual(ended.entries.at(-1), {
      kind: 'turn',
      question: 'What is it?',
      answer: 'It is red.',
      state: 'stopped',
    });
    assert.equal(isAnswering(ended), false);
  });

  it('keeps what was said when an answer fails, and says what to do', () => {
    const turn = fold(asked, token('It is'), failed).entries.at(-1);
    assert.ok(turn?.kind === 'turn');
    assert.equal(turn.state, 'failed');
    assert.equal(turn.answer, 'It is');
    assert.deepEqual(turn.failure, { message: 'Too many at once.', advice: 'Try again in a moment.' });
  });

  it('shows progress until the first token', () => {
    const working = fold(asked, {
      type: 'progress',
      stage: 'prefill',
      done: 1,
      total: 4,
    });
    assert.deepEqual(working.work, { stage: 'prefill', done: 1, total: 4 });
    assert.equal(fold(working, token('It')).work, undefined);
  });

  it('changes nothing once an answer has ended', () => {
    const late = fc.constantFrom(token('late'), done('late'), failed);
    fc.assert(
      fc.property(fc.array(late), fc.constantFrom(done('It is red.'), failed), (events, end) => {
        const ended = fold(asked, end);
        assert.deepEqual(fold(ended, ...events), ended);
        assert.deepEqual(fold(emptyConversation, ...events), emptyConversation);
      }),
    );
  });

  it('lets a running answer rest where it is, before a note too', () => {
    const halfway = fold(asked, token('It is'));
    for (const ended of [atRest(halfway), withNote(halfway, 'Fresh conversation.')]) {
      const [turn] = ended.entries;
      assert.ok(turn?.kind === 'turn');
      assert.equal(turn.state, 'stopped');
      assert.equal(turn.answer, 'It is');
      assert.equal(isAnswering(ended), false);
    }
  });
});
