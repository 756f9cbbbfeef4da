import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AnswerPiece, Conversation } from '../../../server/engine/language/conversation.ts';
import { LanguageModel } from '../../../server/engine/language/language-model.ts';
import type { VideoTokens } from '../../../server/engine/types.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';
import { madeUpTokens, skip, splitGolden, tokensPerClip } from './split-golden.ts';

const slots = 3;
const template = {
  ...{ name: 'test', bos: true, system: '', user: ' USER:', afterVideo: '' },
  ...{ assistant: ' ASSISTANT:', eosAfterAnswer: true },
};
const running = new AbortController().signal;

interface Asked {
  readonly clips?: readonly VideoTokens[];
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Every piece of an answer, the last one apart. */
async function ask(conversation: Conversation, question: string, asked: Asked = {}) {
  const pieces: AnswerPiece[] = [];
  for await (const piece of conversation.ask(question, { maxTokens: 8, signal: running, ...asked }))
    pieces.push(piece);
  const done = pieces.pop();
  assert.ok(done?.type === 'done');
  const texts = pieces.map((piece) => (piece.type === 'token' ? piece.text : assert.fail()));
  assert.equal(texts.join(''), done.text);
  return done;
}

describe('conversations with the tiny LLaVA', { skip }, () => {
  const folder = tempFolder();
  const runRoot = join(folder, 'run');
  let files: { body: string; embeddings: string };
  let model: LanguageModel;
  const load = (options: { context?: number; parallel?: number } = {}) =>
    LanguageModel.load({
      ...files,
      ...{ tokensPerClip, runRoot, cacheType: 'F32', parallelConversations: options.parallel ?? 2 },
      language: { template, context: options.context ?? 512, slots },
    });
  const clip = madeUpTokens;

  before(async () => {
    files = await splitGolden(folder, slots);
    model = await load();
  });
  after(() => model.dispose());

  async function alone(seed: number): Promise<string[]> {
    const conversation = await model.openConversation();
    const first = await ask(conversation, 'what is it?', { clips: [clip(seed)] });
    const second = await ask(conversation, 'and now?');
    await conversation.dispose();
    return [first.text, second.text];
  }

  test('a second question evaluates neither the clip nor the first answer again', async () => {
    const conversation = await model.openConversation();
    const first = await ask(conversation, 'what is it?', { clips: [clip(1)] });
    const second = await ask(conversation, 'and now?');
    assert.equal(second.reusedTokens, first.reusedTokens + first.promptTokens + first.answerTokens - 1);
    assert.ok(first.reusedTokens + first.promptTokens > tokensPerClip);
    assert.ok(second.promptTokens < 60);
    await conversation.dispose();
  });

  test('more conversations than lanes and slots, all at once, answer as each does alone', async () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const expected: string[][] = [];
    for (const seed of seeds) expected.push(await alone(seed));
    assert.ok(new Set(expected.map(([text]) => text)).size > 1, 'the clips must matter to the answers');

    const conversations = await Promise.all(seeds.map(() => model.openConversation()));
    const first = await Promise.all(
      conversations.map((one, place) => ask(one, 'what is it?', { clips: [clip(seeds[place]!)] })),
    );
    const second = await Promise.all(conversations.map((one) => ask(one, 'and now?')));
    assert.deepEqual(
      seeds.map((_, place) => [first[place]!.text, second[place]!.text]),
      expected,
    );
    await Promise.all(conversations.map((one) => one.dispose()));
  });

  test('two clips in one conversation take two slots; more clips than slots are refused', async () => {
    const conversation = await model.openConversation();
    const both = await ask(conversation, 'same?', { clips: [clip(1), clip(2)] });
    assert.ok(both.reusedTokens + both.promptTokens > 2 * tokensPerClip);
    const tooMany = [3, 4, 5, 6].map(clip);
    await assert.rejects(ask(conversation, 'all?', { clips: tooMany }), { code: 'context_full' });
    await conversation.dispose();
  });

  test('stopping keeps what was said, also as history', async () => {
    const conversation = await model.openConversation();
    const stop = new AbortController();
    const said: string[] = [];
    let last: AnswerPiece | undefined;
    for await (const piece of conversation.ask('talk!', {
      ...{ clips: [clip(1)], maxTokens: 200, signal: stop.signal },
    })) {
      if (piece.type === 'token') said.push(piece.text);
      if (said.length === 2) stop.abort();
      last = piece;
    }
    assert.ok(last?.type === 'done');
    assert.equal(last.reason, 'stopped');
    assert.equal(last.text, said.join(''));
    assert.ok(last.answerTokens < 200);
    const next = await ask(conversation, 'go on');
    assert.equal(next.reusedTokens, last.reusedTokens + last.promptTokens + last.answerTokens - 1);
    await conversation.dispose();
  });

  test('a question stopped before its first word leaves no trace, and its clip comes with the next', async () => {
    const [expected] = await alone(4);
    const conversation = await model.openConversation();
    const stopped = await ask(conversation, 'never heard', { clips: [clip(4)], signal: AbortSignal.abort() });
    assert.equal(stopped.reason, 'stopped');
    assert.equal((await ask(conversation, 'what is it?')).text, expected);
    await conversation.dispose();
  });

  test('an answer ends at maxTokens, and the same seed says the same again', async () => {
    const conversation = await model.openConversation();
    const three = await ask(conversation, 'say', { maxTokens: 3 });
    assert.deepEqual([three.reason, three.answerTokens], ['length', 3]);
    const fresh = async (seed: number) => {
      const one = await model.openConversation();
      const { text } = await ask(one, 'say', { temperature: 2, seed, maxTokens: 12 });
      await one.dispose();
      return text;
    };
    assert.equal(await fresh(7), await fresh(7));
    assert.notEqual(await fresh(7), await fresh(8));
    await conversation.dispose();
  });

  test('one question at a time; too long a one is refused', async () => {
    const conversation = await model.openConversation();
    const answers = [ask(conversation, 'one'), ask(conversation, 'two')];
    await assert.rejects(Promise.all(answers), { code: 'busy' });
    await Promise.allSettled(answers);
    await assert.rejects(ask(conversation, 'x'.repeat(8001)), { code: 'question_too_long' });
    await assert.rejects(ask(conversation, 'x'.repeat(8000)), { code: 'context_full' });
    await ask(conversation, 'still there?');
    await conversation.dispose();
  });

  test('a full context is an error, and an answer never outgrows it', async () => {
    const small = await load({ context: 256, parallel: 1 });
    const conversation = await small.openConversation();
    const long = await ask(conversation, 'talk!', { clips: [clip(1)], maxTokens: 4000 });
    assert.ok(long.reason !== 'length' || long.promptTokens + long.answerTokens === 256);
    await assert.rejects(ask(conversation, 'x'.repeat(250)), { code: 'context_full' });
    await small.dispose();
  });

  test('who waits for a lane can give up, and disturbs nobody', async () => {
    const expected = await alone(1);
    const talks = await Promise.all([1, 2, 3].map(() => model.openConversation()));
    const stop = new AbortController();
    const [first, , waiting] = talks.map((one, place) =>
      ask(one, 'what is it?', { clips: [clip(1)], signal: place === 2 ? stop.signal : running }),
    );
    stop.abort();
    assert.equal((await waiting)?.reason, 'stopped');
    assert.equal((await first)?.text, expected[0]);
    await Promise.all(talks.map((one) => one.dispose()));
  });

  test('disposing while it answers stops the answer; afterwards everything is refused', async () => {
    const other = await load({ parallel: 1 });
    assert.equal(readdirSync(runRoot).length, 2);
    const conversation = await other.openConversation();
    let last: AnswerPiece | undefined;
    for await (const piece of conversation.ask('talk!', { maxTokens: 400, signal: running })) {
      await other.dispose();
      last = piece;
    }
    assert.ok(last?.type === 'done');
    assert.equal(last.reason, 'stopped');
    await assert.rejects(ask(conversation, 'more?'), { code: 'cancelled' });
    await assert.rejects(other.openConversation(), { code: 'cancelled' });
    await other.dispose();
    assert.equal(readdirSync(runRoot).length, 1);
  });

  test('an LLM split for other slots is refused and leaves nothing behind', async () => {
    const language = { template, context: 512, slots: slots + 1 };
    const loading = LanguageModel.load({ ...files, tokensPerClip, runRoot, language });
    await assert.rejects(loading, { code: 'package_invalid' });
    assert.equal(readdirSync(runRoot).length, 1);
  });
});
