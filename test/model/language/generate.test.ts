import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LanguageEvent } from '#engine/events.ts';
import { LanguageModel } from '#engine/language/language-model.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { answer, ask, ClipConversation, running } from './clip-conversation.ts';
import { madeUpTokens, skip, splitGolden, tokensPerClip } from './split-golden.ts';

const slots = 3;
const template = {
  name: 'test',
  bos: true,
  system: '',
  user: ' USER:',
  afterVideo: '',
  assistant: ' ASSISTANT:',
  eosAfterAnswer: true,
};

describe('talks with the tiny LLaVA', { skip }, () => {
  const folder = tempFolder();
  const runRoot = join(folder, 'run');
  let files: { body: string; embeddings: string };
  let model: LanguageModel;
  const load = (options: { context?: number; parallel?: number } = {}) =>
    LanguageModel.load({
      ...files,
      tokensPerClip,
      runRoot,
      kvType: 'f32',
      parallelConversations: options.parallel ?? 2,
      language: { template, context: options.context ?? 512, slots },
    });
  const clip = madeUpTokens;

  before(async () => {
    files = await splitGolden(folder, slots);
    model = await load();
  });
  after(() => model.dispose());

  /** The next answer of a talk that stays as it is. */
  async function fork(talk: ClipConversation, question: string) {
    let last: LanguageEvent | undefined;
    for await (const piece of talk.pieces(question)) last = piece;
    return last?.type === 'done' ? last : assert.fail('no end');
  }

  async function alone(seed: number): Promise<string[]> {
    const talk = new ClipConversation(model);
    const first = await ask(talk, 'what is it?', { clips: [clip(seed)] });
    const second = await ask(talk, 'and now?');
    return [first.text, second.text];
  }

  test('a second question evaluates neither the clip nor the first answer again', async () => {
    const talk = new ClipConversation(model);
    const first = await ask(talk, 'what is it?', { clips: [clip(1)] });
    const second = await ask(talk, 'and now?');
    assert.equal(second.reusedTokens, first.reusedTokens + first.promptTokens + first.answerTokens - 1);
    assert.ok(first.reusedTokens + first.promptTokens > tokensPerClip);
    assert.ok(second.promptTokens < 60);
  });

  test('more conversations than pool and slots, all at once, answer as each does alone', async () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const expected: string[][] = [];
    for (const seed of seeds) expected.push(await alone(seed));
    assert.ok(new Set(expected.map(([text]) => text)).size > 1, 'the clips must matter to the answers');

    const talks = seeds.map(() => new ClipConversation(model));
    const first = await Promise.all(
      talks.map((one, index) => ask(one, 'what is it?', { clips: [clip(seeds[index]!)] })),
    );
    const second = await Promise.all(talks.map((one) => ask(one, 'and now?')));
    assert.deepEqual(
      seeds.map((_, index) => [first[index]!.text, second[index]!.text]),
      expected,
    );
  });

  test('an answer is as sure as its least likely token: a longer one is never surer', async () => {
    const probabilities: number[] = [];
    for (const maxTokens of [1, 2, 4, 8]) {
      const done = await ask(new ClipConversation(model), 'what is it?', { clips: [clip(1)], maxTokens });
      assert.equal(done.confidence?.signal, 'least-token-probability');
      assert.equal(done.confidence?.value, undefined, 'this package was not calibrated');
      probabilities.push(done.confidence?.probability ?? -1);
    }
    assert.ok(probabilities.every((one) => one > 0 && one <= 1));
    assert.deepEqual(
      [...probabilities].sort((a, b) => b - a),
      probabilities,
    );
  });

  test('two clips in one conversation take two slots; more clips than slots are refused', async () => {
    const talk = new ClipConversation(model);
    const both = await ask(talk, 'same?', { clips: [clip(1), clip(2)] });
    assert.ok(both.reusedTokens + both.promptTokens > 2 * tokensPerClip);
    const tooMany = [3, 4, 5, 6].map(clip);
    await assert.rejects(ask(talk, 'all?', { clips: tooMany }), { code: 'context_full' });
  });

  test('an answer that was cut off anywhere goes on as if it had not been', async () => {
    const question = 'what happens?';
    const turn = { question, clips: [clip(1)] };
    const whole = await ask(new ClipConversation(model), question, { clips: [clip(1)], maxTokens: 12 });
    assert.equal(whole.answerTokens, 12);
    for (let cut = 1; cut < 12; cut++) {
      const prefill = await ask(new ClipConversation(model), question, { clips: [clip(1)], maxTokens: cut });
      assert.ok(whole.text.startsWith(prefill.text));
      let last: LanguageEvent | undefined;
      // a cut through a character has its first half said again
      const rest = { maxTokens: 12, signal: running };
      const said: string[] = [];
      for await (const piece of answer(model, [{ ...turn, prefill: prefill.text }], rest)) {
        if (piece.type === 'token') said.push(piece.text);
        last = piece;
      }
      assert.ok(last?.type === 'done');
      assert.ok(last.text.startsWith(whole.text), `cut at ${cut}: ${last.text}`);
      assert.equal(prefill.text + said.join(''), last.text);
      // only the last token is evaluated once more
      assert.equal(last.promptTokens, 1);
    }
  });

  test('stopping keeps what was said, also as history', async () => {
    const talk = new ClipConversation(model);
    const stop = new AbortController();
    const said: string[] = [];
    let last: LanguageEvent | undefined;
    const turn = { question: 'talk!', clips: [clip(1)] };
    for await (const piece of talk.pieces('talk!', { ...turn, maxTokens: 200, signal: stop.signal })) {
      if (piece.type === 'token') said.push(piece.text);
      if (said.length === 2) stop.abort();
      last = piece;
    }
    assert.ok(last?.type === 'done');
    assert.equal(last.reason, 'stopped');
    assert.equal(last.text, said.join(''));
    assert.ok(last.answerTokens < 200);
    talk.keep({ ...turn, answer: last.text });
    const next = await ask(talk, 'go on');
    assert.equal(next.reusedTokens, last.reusedTokens + last.promptTokens + last.answerTokens - 1);
  });

  test('who is stopped before the first word hears so', async () => {
    const stopped = await ask(new ClipConversation(model), 'never heard', { signal: AbortSignal.abort() });
    assert.deepEqual([stopped.reason, stopped.text], ['stopped', '']);
  });

  test('another talk about the same clip does not evaluate the clip again', async () => {
    const first = await ask(new ClipConversation(model), 'what is it?', { clips: [clip(9)] });
    const second = await ask(new ClipConversation(model), 'why?', { clips: [clip(9)] });
    assert.ok(first.promptTokens > tokensPerClip);
    assert.ok(second.reusedTokens > tokensPerClip);
    assert.ok(second.promptTokens < tokensPerClip);
  });

  test('a talk branches at any turn and says there what it said before', async () => {
    const talk = new ClipConversation(model);
    await ask(talk, 'what is it?', { clips: [clip(2)] });
    const [branch, again] = [await fork(talk, 'and now?'), await fork(talk, 'and now?')];
    assert.equal(branch.text, again.text);
    assert.notEqual((await fork(talk, 'what else?')).promptTokens, 0);
  });

  test('texts that end the answer are not part of it, wherever the tokens are cut', async () => {
    const { text } = await ask(new ClipConversation(model), 'talk!', { clips: [clip(1)], maxTokens: 40 });
    assert.ok(text.length > 6);
    const stop = [text.slice(3, 6), 'never said'];
    const cut = await ask(new ClipConversation(model), 'talk!', { clips: [clip(1)], maxTokens: 40, stop });
    assert.equal(cut.text, text.slice(0, text.indexOf(stop[0] ?? '')));
    assert.equal(cut.reason, 'end');
  });

  test('an answer obeys a JSON schema; one that cannot be followed is refused', async () => {
    const schema = { type: 'object', properties: { moving: { type: 'boolean' } }, required: ['moving'] };
    const asked = { clips: [clip(1)], maxTokens: 60, jsonSchema: schema };
    const { text, reason } = await ask(new ClipConversation(model), 'does it move?', asked);
    assert.equal(reason, 'end', text);
    assert.equal(typeof JSON.parse(text).moving, 'boolean');
    const nonsense = ask(new ClipConversation(model), 'x', { jsonSchema: { type: 'spaghetti' } });
    await assert.rejects(nonsense, { code: 'invalid_request' });
    const half = { question: 'does it move?', clips: [], prefill: '{"mov' };
    const further = answer(model, [half], { jsonSchema: schema, signal: running });
    await assert.rejects(further.next(), { code: 'invalid_request', message: /cannot be continued/ });
  });

  test('an answer ends at maxTokens, and the same seed says the same again', async () => {
    const talk = new ClipConversation(model);
    const three = await ask(talk, 'say', { maxTokens: 3 });
    assert.deepEqual([three.reason, three.answerTokens], ['length', 3]);
    const fresh = async (seed: number) => {
      const { text } = await ask(new ClipConversation(model), 'say', { temperature: 2, seed, maxTokens: 12 });
      return text;
    };
    assert.equal(await fresh(7), await fresh(7));
    assert.notEqual(await fresh(7), await fresh(8));
  });

  test('a low topP leaves only the likeliest, whatever the temperature', async () => {
    const greedy = await ask(new ClipConversation(model), 'say', { maxTokens: 6 });
    const sampling = { temperature: 1.5, topP: 1e-6, seed: 3, maxTokens: 6 };
    assert.equal((await ask(new ClipConversation(model), 'say', sampling)).text, greedy.text);
  });

  test('other words before the talk are another prompt', async () => {
    const plain = await ask(new ClipConversation(model), 'say');
    const told = await ask(new ClipConversation(model), 'say', { system: 'You are brief.' });
    const total = (done: typeof plain) => done.reusedTokens + done.promptTokens;
    assert.ok(total(told) > total(plain));
  });

  test('a full context is an error, and an answer never outgrows it', async () => {
    const small = await load({ context: 256, parallel: 1 });
    const talk = new ClipConversation(small);
    const long = await ask(talk, 'talk!', { clips: [clip(1)], maxTokens: 4000 });
    assert.ok(long.reason !== 'length' || long.promptTokens + long.answerTokens === 256);
    await assert.rejects(ask(talk, 'x'.repeat(250)), { code: 'context_full' });
    await small.dispose();
  });

  test('who waits for a slot can give up, and disturbs nobody', async () => {
    const expected = await alone(1);
    const talks = [1, 2, 3].map(() => new ClipConversation(model));
    const stop = new AbortController();
    const [first, , waiting] = talks.map((one, index) =>
      ask(one, 'what is it?', { clips: [clip(1)], signal: index === 2 ? stop.signal : running }),
    );
    stop.abort();
    assert.equal((await waiting)?.reason, 'stopped');
    assert.equal((await first)?.text, expected[0]);
  });

  test('disposing while it answers stops the answer; afterwards everything is refused', async () => {
    const other = await load({ parallel: 1 });
    assert.equal(readdirSync(runRoot).length, 2);
    const talk = new ClipConversation(other);
    let last: LanguageEvent | undefined;
    for await (const piece of talk.pieces('talk!', { maxTokens: 400 })) {
      await other.dispose();
      last = piece;
    }
    assert.ok(last?.type === 'done');
    assert.equal(last.reason, 'stopped');
    await assert.rejects(ask(talk, 'more?'), { code: 'cancelled' });
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
