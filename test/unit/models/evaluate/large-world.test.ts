import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCases } from '#models/evaluate/large-world/cases.ts';
import { type ClipChat, measureChat } from '#models/evaluate/large-world/chat.ts';
import { coloursIn, nounsIn } from '#models/evaluate/large-world/judge.ts';
import { measureSearch } from '#models/evaluate/large-world/search.ts';
import type { Clip } from '#models/world/scenes/scene.ts';

const options = { stream: 'test/of a test', count: 4, signal: new AbortController().signal };

test('nouns and colours are found in sentences, the longest noun first', () => {
  assert.deepEqual(nounsIn('I see two hot dogs and a cat.'), ['cat', 'hot dog']);
  assert.deepEqual(nounsIn('I see something I have no word for.'), []);
  assert.deepEqual(coloursIn('It is Red, not blue.'), ['blue', 'red']);
});

test('whoever knows the truth is right in every row; who says one thing is not', async () => {
  const truths = drawCases(options.stream, options.count).map(({ asked }) => asked);
  // cases come in the order in which they are drawn
  const knowing: ClipChat = {
    answers: async (_, questions) => {
      const asked = truths.shift() ?? [];
      assert.deepEqual(
        asked.map(({ question }) => question),
        questions,
      );
      return asked.map(({ answer }) => ({ text: answer, probability: 1 }));
    },
  };
  const { rows, samples } = await measureChat(knowing, options);
  assert.ok(samples.length > 40);
  for (const [row, { right, asked }] of Object.entries(rows)) {
    if (row.startsWith('known things refused')) assert.equal(right, 0, row);
    else assert.equal(right, asked, row);
  }
  const parrot = await measureChat(
    { answers: async (_, all) => all.map(() => ({ text: 'Yes.', probability: 1 })) },
    options,
  );
  const share = (row: string): number => parrot.rows[row]?.share ?? -1;
  assert.deepEqual([share('yes/no, true'), share('yes/no, false')], [1, 0]);
  assert.deepEqual([share('noun, one thing'), share('unknown things not named')], [0, 1]);
});

test('every case asks something, and draws are the same again', () => {
  const cases = drawCases(options.stream, 3);
  assert.ok(cases.every(({ clips, asked }) => clips.length > 0 && asked.length > 0));
  const again = drawCases(options.stream, 3);
  const questions = (all: typeof cases) => all.map(({ asked }) => asked.map(({ question }) => question));
  assert.deepEqual(questions(again), questions(cases));
});

test('a search that always finds the first clip is right as often as a text is true of it', async () => {
  const added: Clip[] = [];
  const gallery = {
    add: async (clips: readonly Clip[]) => {
      added.push(...clips);
    },
    best: async () => ({ place: 0, score: 0.5 }),
  };
  const { rows, matching, unmatched } = await measureSearch(gallery, options);
  assert.equal(added.length, options.count);
  const right = Object.values(rows).reduce((sum, one) => sum + one.right, 0);
  assert.equal(matching.length, right);
  assert.ok(right >= 7, 'each form of text is once about the first clip itself');
  assert.ok(unmatched.length > 0);
  assert.equal(rows['search: nothing matches, said so']?.right, 0);
});
