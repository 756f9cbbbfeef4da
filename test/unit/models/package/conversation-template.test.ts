import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type ConversationTemplate,
  controlTokens,
  conversationTemplate,
  renderConversation,
  type Turn,
} from '#models/package/conversation-template.ts';

const template: ConversationTemplate = {
  name: 'test',
  bos: true,
  system: 'Be brief.',
  user: ' Q:',
  afterVideo: '|',
  assistant: ' A:',
  eosAfterAnswer: true,
};
const text = (literal: string) => ({ kind: 'text' as const, text: literal });
const said = (literal: string) => ({ kind: 'answer' as const, text: literal });
const token = (name: string) => ({ kind: 'token' as const, name });
const video = (clip: string) => ({ kind: 'video' as const, clip });

describe('a conversation laid out', () => {
  test('by hand: two clips, a turn answered, a turn to be answered', () => {
    const turns: Turn[] = [
      { question: 'Which?', clips: ['a', 'b'], answer: 'Both.' },
      { question: 'Why?', clips: [] },
    ];
    assert.deepEqual(renderConversation(template, turns), [
      { kind: 'bos' },
      text('Be brief. Q:'),
      video('a'),
      text('|'),
      video('b'),
      text('|Which? A:'),
      said('Both.'),
      { kind: 'eos' },
      text(' Q:Why? A:'),
    ]);
  });

  test('leaves out what the template leaves out', () => {
    const bare = { ...template, bos: false, system: '', user: '', afterVideo: '', eosAfterAnswer: false };
    const turns = [{ question: 'Which?', clips: ['a'], answer: 'That.' }];
    assert.deepEqual(renderConversation(bare, turns), [video('a'), text('Which? A:'), said('That.')]);
  });

  test('other words before the talk stand where the template has its own', () => {
    const [, system] = renderConversation(template, [], 'Be kind.');
    assert.deepEqual(system, text('Be kind.'));
    const marked = { ...template, beforeSystem: [{ token: '<sys>' }, ' '], afterSystem: ' |' };
    assert.deepEqual(renderConversation(marked, [], 'Be kind.').slice(1), [
      token('<sys>'),
      text('Be kind. |'),
    ]);
    assert.deepEqual(renderConversation(marked, [], '').slice(1), []);
  });

  test('control tokens come from the template alone, and take the spaces beside them away', () => {
    const marked = {
      ...template,
      beforeVideo: [{ token: '<v>' }],
      afterVideo: [' | ', { token: '</v>' }, '\n'],
    };
    const turns = [{ question: ' <v>?', clips: ['a'] }];
    assert.deepEqual(renderConversation(marked, turns), [
      { kind: 'bos' },
      text('Be brief. Q:'),
      token('<v>'),
      video('a'),
      text(' |'),
      token('</v>'),
      text('<v>? A:'),
    ]);
    assert.deepEqual(controlTokens(marked), ['<v>', '</v>']);
    assert.deepEqual(controlTokens(template), []);
  });

  const anyTurn = fc.record({
    question: fc.string(),
    clips: fc.array(fc.string(), { maxLength: 3 }),
    answer: fc.string(),
  });
  test('whatever is typed stays text, each clip is shown once, and a longer talk starts as the shorter one', () => {
    fc.assert(
      fc.property(fc.array(anyTurn, { minLength: 1, maxLength: 4 }), anyTurn, (turns, next) => {
        const [before, after] = [
          renderConversation(template, turns),
          renderConversation(template, [...turns, next]),
        ];
        assert.deepEqual(after.slice(0, before.length), before);
        const shown = after.flatMap((part) => (part.kind === 'video' ? [part.clip] : []));
        assert.deepEqual(
          shown,
          [...turns, next].flatMap(({ clips }) => clips),
        );
        const specials = after.filter(({ kind }) => kind === 'bos' || kind === 'eos').length;
        assert.equal(specials, 1 + turns.length + 1);
      }),
    );
  });
});

test('every conversation template that is shipped fits the schema and carries its own name', () => {
  const folder = join(import.meta.dirname, '../../../../prompts/conversation');
  for (const file of readdirSync(folder)) {
    const read = conversationTemplate.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    assert.equal(`${read.name}.json`, file);
  }
});

test('a template with a misspelt field is refused', () => {
  const { afterVideo, ...others } = template;
  assert.ok(!conversationTemplate.safeParse({ ...others, aftervideo: afterVideo }).success);
});
