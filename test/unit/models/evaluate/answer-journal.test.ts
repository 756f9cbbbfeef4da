import assert from 'node:assert/strict';
import { appendFileSync, truncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AnswerJournal } from '#models/evaluate/answer-journal.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

describe('the journal of answers', () => {
  const root = tempFolder();
  const asks: string[] = [];
  const answer = (journal: AnswerJournal, fact: string) =>
    journal.answer([fact], async () => {
      asks.push(fact);
      return `about ${fact}\n`;
    });

  test('asks once for the same facts, also in a later run', async () => {
    const folder = join(root, 'once', 'deep');
    const journal = await AnswerJournal.open(folder);
    assert.deepEqual([await answer(journal, 'a'), await answer(journal, 'b')], ['about a\n', 'about b\n']);
    assert.equal(await answer(journal, 'a'), 'about a\n');
    assert.equal(await answer(await AnswerJournal.open(folder), 'b'), 'about b\n');
    assert.deepEqual(asks, ['a', 'b']);
  });

  test('a line cut off by a kill is asked for again, and spoils no other', async () => {
    asks.length = 0;
    const folder = join(root, 'cut');
    const path = join(folder, 'answers.jsonl');
    const first = await AnswerJournal.open(folder);
    await answer(first, 'a');
    await answer(first, 'b');
    truncateSync(path, statSync(path).size - 5);
    const second = await AnswerJournal.open(folder);
    await answer(second, 'a');
    await answer(second, 'b');
    appendFileSync(path, '\n[1]\nnull\n"x');
    const third = await AnswerJournal.open(folder);
    await answer(third, 'a');
    await answer(third, 'b');
    assert.deepEqual(asks, ['a', 'b', 'b']);
  });

  test('a failure is not remembered', async () => {
    const journal = await AnswerJournal.open(join(root, 'failed'));
    await assert.rejects(journal.answer(['x'], () => Promise.reject(new Error('no'))));
    assert.equal(await answer(journal, 'x'), 'about x\n');
  });
});
