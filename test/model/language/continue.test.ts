import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { AnswerEvent } from '#engine/events.ts';
import type { Engine } from '#engine/engine.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { writeWorldClip } from '#test/e2e/world-clip.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import { smallPackage } from '#test/helpers/small-package.ts';

const signal = new AbortController().signal;
const question = 'Describe what happens in the video.';

type Done = Extract<AnswerEvent, { type: 'done' }>;

describe('an answer of the demo model that goes on', () => {
  const folder = tempFolder();
  const clip = { path: join(folder, 'clip.mp4'), sha256: 'a'.repeat(64) };
  const engines: Engine[] = [];
  const load = async (dataDir: string): Promise<Engine> => {
    const engine = await loadEngine(smallPackage, { dataDir, maxClipSeconds: 60, signal });
    engines.push(engine);
    return engine;
  };
  let engine: Engine;
  let whole: Done;

  /** The answer's end, once it has said at most so many tokens more. */
  async function say(by: Engine, prefill = '', maxTokens = 100): Promise<Done> {
    const turn = { question, clips: [clip], ...(prefill !== '' && { prefill }) };
    let said = prefill;
    for await (const event of by.answer([turn], { maxTokens, signal })) {
      if (event.type === 'token') said += event.text;
      if (event.type !== 'done') continue;
      assert.equal(said, event.text);
      return event;
    }
    assert.fail('no end');
  }

  before(async () => {
    await writeWorldClip(20_001, clip.path);
    engine = await load(join(folder, 'one'));
    whole = await say(engine);
    assert.equal(whole.reason, 'end');
    assert.ok(whole.answerTokens > 4, whole.text);
  });
  after(() => Promise.all(engines.map((one) => one.dispose())));

  test('says what it would have said, however often and wherever it was cut', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 });
    const property = fc.asyncProperty(cuts, async (lengths) => {
      let last: Done | undefined;
      for (const length of lengths) {
        last = await say(engine, last?.text, length);
        if (last.reason === 'end') break;
        assert.ok(whole.text.startsWith(last.text));
      }
      if (last?.reason !== 'end') last = await say(engine, last?.text);
      assert.deepEqual([last.text, last.reason], [whole.text, 'end']);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('evaluates only its last token again', async () => {
    const { text } = await say(engine, '', 3);
    const { promptTokens, answerTokens } = await say(engine, text);
    assert.deepEqual([promptTokens, answerTokens], [1, whole.answerTokens - 3]);
  });

  test('after a restart too, when only its text is known', async () => {
    const prefill: string[] = [];
    for (let length = 1; length < whole.answerTokens; length++) {
      prefill.push((await say(engine, '', length)).text);
    }
    const restarted = await load(join(folder, 'two'));
    for (const text of prefill) assert.equal((await say(restarted, text)).text, whole.text, text);
  });
});
